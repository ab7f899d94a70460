"""medallion, the TAXII server of OASIS, over TLS on a free port, which is printed. Run by taxii_pull.py with the
interpreter that has it: medallion_server.py CONFIGURATION CERTIFICATE KEY."""

import json
import sys

from medallion import application_instance, register_blueprints, set_config
from werkzeug.serving import make_server

configuration, certificate, key = sys.argv[1:]
with open(configuration, encoding="utf-8") as file:
    settings = json.load(file)
for part in ("users", "taxii", "backend"):
    set_config(application_instance, part, settings)
register_blueprints(application_instance)
server = make_server("127.0.0.1", 0, application_instance, threaded=True, ssl_context=(certificate, key))
print(server.server_port, flush=True)
server.serve_forever()
