"""Containers of the stand-ins, and what a test says of them."""

import contextlib
import io
import os
import socket
import subprocess
import tarfile
import time
import unittest
import uuid

SUFFIX = os.environ.get("SUFFIX", "")  # of the images' tags, as build.sh takes it
RUN = f"standin-test-{uuid.uuid4().hex[:6]}"


def docker(*arguments, stdin=None, check=True):
    done = subprocess.run(["docker", *arguments], input=stdin, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode:
        raise AssertionError(f"docker {' '.join(arguments)}: {done.stdout}")
    return done.stdout


class Container:
    """One container of an image; gone, with its anonymous volumes, at the end of the `with`."""

    def __init__(self, image, *options, env=(), command=(), start=True):
        self.name = f"{RUN}-{uuid.uuid4().hex[:6]}"
        pairs = [part for name, value in dict(env).items() for part in ("--env", f"{name}={value}")]
        docker("create", "--name", self.name, "--label", RUN, *options, *pairs, image, *command)
        if start:
            docker("start", self.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        docker("rm", "--force", "--volumes", self.name, check=False)

    def exec(self, *command, stdin="", env=(), user=None):
        """(exit code, output)"""
        options = ["--interactive"] + [part for name, value in dict(env).items() for part in ("--env", f"{name}={value}")]
        options += ["--user", user] if user else []
        done = subprocess.run(["docker", "exec", *options, self.name, *command], input=stdin, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def logs(self):
        return docker("logs", self.name)

    def state(self, field):
        return docker("inspect", "--format", "{{.State." + field + "}}", self.name).strip()

    def wait_log(self, text, times=1, seconds=20):
        until = time.time() + seconds
        while self.logs().count(text) < times:
            if time.time() > until or self.state("Running") == "false":
                raise AssertionError(f"no {text!r} in the log:\n{self.logs()}")
            time.sleep(0.1)
        return self

    def wait_exit(self, seconds=15):
        """(exit code, seconds it ran)"""
        begun = time.time()
        while self.state("Running") == "true":
            if time.time() - begun > seconds:
                raise AssertionError(f"still running:\n{self.logs()}")
            time.sleep(0.1)
        return int(self.state("ExitCode")), time.time() - begun

    def stop(self, seconds=30):
        """How long `docker stop` took."""
        begun = time.time()
        docker("stop", "--time", str(seconds), self.name)
        return time.time() - begun

    def copy(self, path, text, owner, mode="0644"):
        """Puts a file into the container, also before it starts, as the archive API does."""
        content = text if isinstance(text, bytes) else text.encode()
        entry = tarfile.TarInfo(os.path.basename(path))
        entry.size, entry.uid, entry.gid, entry.mode = len(content), *owner, int(mode, 8)
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.addfile(entry, io.BytesIO(content))
        done = subprocess.run(["docker", "cp", "-", f"{self.name}:{os.path.dirname(path)}"], input=archive.getvalue(), capture_output=True)
        if done.returncode:
            raise AssertionError(done.stderr.decode())


    def fetch(self, path):
        """(content, entry) of a file, as the archive API gives it."""
        done = subprocess.run(["docker", "cp", f"{self.name}:{path}", "-"], capture_output=True)
        if done.returncode:
            raise AssertionError(done.stderr.decode())
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            entry = tar.next()
            return tar.extractfile(entry).read(), entry


@contextlib.contextmanager
def volume():
    name = f"{RUN}-{uuid.uuid4().hex[:6]}"
    docker("volume", "create", "--label", RUN, name)
    try:
        yield name
    finally:
        docker("volume", "rm", "--force", name)


def answers(container, port):
    """Whether the published port really has somebody behind it: docker's proxy accepts and hangs up where nobody is."""
    host, number = docker("port", container.name, str(port)).split()[-1].rsplit(":", 1)
    with socket.create_connection((host, int(number)), 2) as connection:
        connection.settimeout(0.3)
        try:
            return connection.recv(1) != b""
        except TimeoutError:
            return True


class Case(unittest.TestCase):
    def accepts(self, outcome, *texts):
        code, output = outcome
        self.assertEqual(code, 0, output)
        for text in texts:
            self.assertIn(text, output)
        return output

    def refuses(self, outcome, *texts, code=None):
        found, output = outcome
        self.assertNotEqual(found, 0, output)
        if code is not None:
            self.assertEqual(found, code, output)
        for text in texts:
            self.assertIn(text, output)
        return output

    def refuses_to_start(self, container, *texts, code=1):
        with container:
            found, _ = container.wait_exit()
            self.assertEqual(found, code, container.logs())
            for text in texts:
                self.assertIn(text, container.logs())
