// Parent and child talk: any plain struct is a message.
//
// Output:
//   [Worker] Received message from primary: Hello world.
//   [Primary] Received message from worker: Hi primary.
//   [Worker] Received message from primary: Goodbye.
//   [Primary] Received message from worker: Bye.
//   [Primary] The worker exited with 0.
#include <cohort.hpp>

#include <cstdio>
#include <string>

namespace co = cohort;

struct message {
    std::string text;
};

// What the primary sends, what it receives.
using link_to_worker = co::channel_to<message, message>;

co::role work("worker", [](co::parent<link_to_worker> up) -> co::task<> {
    while (auto heard = co_await up.receive()) {  // until the primary has closed its end
        std::printf("[Worker] Received message from primary: %s\n", heard->text.c_str());
        std::fflush(stdout);

        message reply;
        reply.text = heard->text == "Goodbye." ? "Bye." : "Hi primary.";
        co_await up.send(reply);
    }
});

co::task<int> app() {
    co::worker_process<link_to_worker> worker = co_await co::fork_self<link_to_worker>("worker");

    for (const char* text : {"Hello world.", "Goodbye."}) {
        message hello;
        hello.text = text;
        co_await worker.channel().send(hello);

        auto reply = co_await worker.channel().receive();
        if (!reply) break;  // the worker has ended
        std::printf("[Primary] Received message from worker: %s\n", reply->text.c_str());
        std::fflush(stdout);
    }

    const co::exit_status status = co_await worker.stop();
    std::printf("[Primary] The worker %s.\n", status.to_string().c_str());
    co_return status.ok() ? 0 : 1;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
