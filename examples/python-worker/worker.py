"""A worker for activities, with nothing but Python's standard library.

    python3 worker.py --address http://localhost:8787 --task-queue python

Polls for activity tasks, runs the function that has the activity's name, and reports what came of it. The protocol is in
docs/reference/worker-protocol.md.
"""

import argparse
import json
import os
import socket
import threading
import time
import traceback
import urllib.error
import urllib.request


def greet(activity, name):
    return f"Hello from Python, {name}!"


def count_slowly(activity, until):
    """Goes on from the last heartbeat of the attempt before; ends when it is cancelled."""
    for number in range(activity.heartbeat_details or 0, until):
        time.sleep(0.1)
        activity.heartbeat(number + 1)
    return until


ACTIVITIES = {"greet": greet, "count_slowly": count_slowly}


class Cancelled(Exception):
    """The workflow does not want the activity's result any more."""


class Server:
    def __init__(self, address, namespace, api_key):
        self.base = f"{address}/api/v1/namespaces/{namespace}"
        self.headers = {"content-type": "application/json"}
        if api_key:
            self.headers["authorization"] = f"Bearer {api_key}"

    def post(self, path, body, wait_seconds=0):
        headers = dict(self.headers, prefer=f"wait={wait_seconds}") if wait_seconds else self.headers
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=wait_seconds + 30) as response:
            return json.load(response)


class Activity:
    def __init__(self, server, task):
        self.server = server
        self.token = task["taskToken"]
        self.type = task["activityType"]["name"]
        self.args = task.get("input", [])
        details = task.get("heartbeatDetails", [])
        self.heartbeat_details = details[0] if details else None

    def heartbeat(self, *details):
        body = {"taskToken": self.token, "details": list(details)}
        if self.server.post("/activity-heartbeat", body).get("cancelRequested"):
            raise Cancelled()

    def run(self):
        path, outcome = self.outcome()
        try:
            self.server.post(path, {"taskToken": self.token, **outcome})
        except urllib.error.HTTPError as error:
            if error.code != 404:  # 404: it timed out, or its workflow is closed.
                print(f"{self.type}: {error.code} {error.read().decode()}")

    def outcome(self):
        function = ACTIVITIES.get(self.type)
        if function is None:
            return "/activity-fail", failure(f"There is no activity {self.type}", "NotFoundError")
        try:
            return "/activity-complete", {"result": [function(self, *self.args)]}
        except Cancelled:
            return "/activity-resolve-as-canceled", {}
        except Exception as error:
            return "/activity-fail", failure(str(error), type(error).__name__, traceback.format_exc())


def failure(message, kind, stack=""):
    return {"failure": {"message": message, "stackTrace": stack, "applicationFailureInfo": {"type": kind}}}


def poll(server, task_queue):
    identity = f"{os.getpid()}@{socket.gethostname()}"
    path = f"/task-queues/{task_queue}/poll-activity-task"
    while True:
        try:
            task = server.post(path, {"identity": identity}, wait_seconds=20)
            if task.get("taskToken"):
                Activity(server, task).run()
        except (urllib.error.URLError, TimeoutError) as error:
            print(f"Polling failed, again in a second: {error}")
            time.sleep(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="http://localhost:8787")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("--task-queue", default="python")
    parser.add_argument("--threads", type=int, default=4)
    options = parser.parse_args()
    server = Server(options.address, options.namespace, os.environ.get("PERDURE_API_KEY"))
    for _ in range(options.threads):
        threading.Thread(target=poll, args=(server, options.task_queue), daemon=True).start()
    print(f"Polling task queue {options.task_queue} at {options.address}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
