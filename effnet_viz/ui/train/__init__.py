"""The page Train one."""
