"""What a manager reads first: a period's outlook with its weeks, team, changes and risks, and how past forecasts held."""
