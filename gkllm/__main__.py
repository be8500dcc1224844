"""`python -m gkllm`: the command line."""

from gkllm.cli import main

if __name__ == "__main__":
    main()
