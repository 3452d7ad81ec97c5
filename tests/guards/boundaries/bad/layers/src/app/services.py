from app import domain, shared
