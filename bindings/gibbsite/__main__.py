"""`python -m gibbsite`: the command line where no console script is on the path."""

from gibbsite._cli.commands import main

if __name__ == "__main__":  # documentation and type checkers import it
    main()
