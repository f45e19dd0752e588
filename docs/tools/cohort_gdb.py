"""Prints the coroutines that wait on this thread's cohort loop, each with the coroutines that wait for it.

    (gdb) source docs/tools/cohort_gdb.py
    (gdb) cohort-stacks            the loop of the selected thread
    (gdb) cohort-stacks &my_loop   a loop by expression

Works on a live process or a core file of a program built with -g."""
import gdb


def loop_of_this_thread():
    for backend in ("epoll_poller", "poll_poller"):
        name = f"cohort::basic_loop<cohort::readiness_backend<cohort::{backend}> >::current_"
        try:
            value = gdb.parse_and_eval(f"'{name}'")
        except gdb.error:
            continue
        if int(value):
            return value.dereference()
    raise gdb.GdbError("no cohort loop runs in this thread; select its thread, or give the loop's address")


def coroutine(promise):
    """The function behind a coroutine: the first word of its frame is the address of its resume function."""
    frame = int(promise["handle"]["_M_fr_ptr"]) if has(promise["handle"], "_M_fr_ptr") else int(promise["handle"]["__handle_"])
    resume = int(gdb.Value(frame).cast(gdb.lookup_type("unsigned long").pointer()).dereference())
    name = gdb.execute(f"info symbol {resume}", to_string=True).split(" in section")[0].strip()
    where = ""
    if has(promise, "file") and int(promise["file"]):
        where = f" at {promise['file'].string()}:{int(promise['line'])}"
    return f"{frame:#x} {name}{where}"


def has(value, field):
    return any(f.name == field for f in value.type.strip_typedefs().fields())


def field(value, name):
    """A member by name, also of an anonymous union."""
    for f in value.type.strip_typedefs().fields():
        if f.name == name:
            return value[f]
        if not f.name and not f.is_base_class:
            inner = field(value[f], name)
            if inner is not None:
                return inner
    return None


def waiting(source):
    """The operations registered with a stop source and those below it."""
    end = source["list_"].address
    node = source["list_"]["next_"]
    while int(node) != int(end):
        kind = str(node["kind_"]).rsplit("::", 1)[-1]
        if kind == "source":
            yield from waiting(node.cast(gdb.lookup_type("cohort::stop_source").pointer()).dereference())
        elif kind == "operation":
            yield node.cast(gdb.lookup_type("cohort::operation_base").pointer()).dereference()
        node = node["next_"]


class Stacks(gdb.Command):
    def __init__(self):
        super().__init__("cohort-stacks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        loop = gdb.parse_and_eval(argument).dereference() if argument else loop_of_this_thread()
        executor = loop.cast(gdb.lookup_type("cohort::executor"))
        count = 0
        for operation in waiting(executor["root_stop_"]):
            descriptor = int(operation["descriptor_"])
            print(f"#{count} {operation['name_'].string()}" + (f" on descriptor {descriptor}" if descriptor >= 0 else ""))
            promise = operation["waiter_"]
            while int(promise):
                p = promise.dereference()
                print(f"    {coroutine(p)}")
                promise = gdb.Value(0) if int(p["on_final"]) else field(p, "continuation")
            count += 1
        print(f"{count} waiting")


Stacks()
