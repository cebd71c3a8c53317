"""Custom funnels: `steps` says what is asked for, `fitting` which events fit, `reach` how far they get, `units` reads the
sessions and visitors, `tally` counts them."""
