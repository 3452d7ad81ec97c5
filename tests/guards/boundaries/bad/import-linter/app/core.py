import app.net
