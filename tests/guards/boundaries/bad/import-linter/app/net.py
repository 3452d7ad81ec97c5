import os, requests as r
