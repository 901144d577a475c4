"""What Leadcast knows as a star schema: dimensions and facts with whole-number keys, for any tool that draws reports."""
