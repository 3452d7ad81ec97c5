curl https://api.orders.test
