import app.domain
