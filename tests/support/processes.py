"""What every test that starts servers needs: connect, wait until they answer, read, stop."""
import signal
import socket
import subprocess
import time


def stop(process, seconds=20):
    """Ends a process that a test started: politely, and then for sure."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def comes_up(process, connect, seconds=60):
    """Waits until connect() gets through; False when the process ended before, or time ran out."""
    deadline = time.time() + seconds
    while True:
        try:
            connect().close()
            return True
        except OSError:
            if process.poll() is not None or time.time() > deadline:
                return False
            time.sleep(0.05)


def connect_unix(path, seconds=None):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def read_all(connection):
    answer = b""
    while data := connection.recv(65536):
        answer += data
    return answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
