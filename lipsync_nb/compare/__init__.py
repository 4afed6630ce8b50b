"""Compare videos by measured metrics and by people's votes."""
