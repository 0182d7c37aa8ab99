"""``python -m zerobay_analysis``, for schedulers that do not know where ``zerobay`` is."""

from zerobay_analysis.cli import main

if __name__ == "__main__":
    main()
