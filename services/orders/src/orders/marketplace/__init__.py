"""What marketplaces say of orders: which shop's they are, what each notice asks, and what came of it."""
