"""What is timed, and against what. No part of the tests: the figures are of the machine they were taken on."""
