"""What the later chapters add to the paper, one file per idea."""
