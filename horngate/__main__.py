"""`python -m horngate` is `horngate`."""

from horngate.cli.main import main

main()
