import json, sys
print(json.dumps({"error": "not yet"}))
