from app.services import total
