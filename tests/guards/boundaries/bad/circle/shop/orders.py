from shop.billing import bill
