// SPDX-License-Identifier: GPL-3.0-or-later
// How many tunnels a second the broker sets up: real viaductd, real sockets, each tunnel durable before its
// answer, with the load generator on the same machine; and, in the same run, how fast bare SQLite makes the
// same rows durable.
#include "tests/bench/setup/Broker.h"
#include "tests/bench/setup/Load.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <vector>

using namespace viaduct;

namespace {

constexpr std::size_t sources = 16; // ephemeral ports for half a million clients

double ownCpuSeconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// A directory of its own beside the program: the state must be on a disk, which /tmp may not be.
std::filesystem::path makeDirectory(const std::filesystem::path& parent) {
    std::string name = (parent / "bench-setup-XXXXXX").string();
    if (!mkdtemp(name.data()))
        std::perror("bench-setup: mkdtemp");
    return name;
}

/// Runs bench-store, which inserts the same rows with nothing but SQLite, and gives its bare rate; 0 if it
/// did not run.
double bareRate(const std::filesystem::path& programs, std::size_t clients, std::size_t inFlight) {
    const std::string command = (programs / "bench-store").string() + ' ' + std::to_string(clients) + ' '
        + std::to_string(inFlight);
    std::FILE* output = popen(command.c_str(), "r");
    double rate = 0;
    std::array<char, 512> line{};
    while (output && std::fgets(line.data(), line.size(), output)) {
        std::fputs(line.data(), stdout);
        const std::string_view text(line.data());
        if (text.starts_with("bare"))
            rate = std::strtod(line.data() + text.find(':') + 1, nullptr);
    }
    if (output)
        pclose(output);
    return rate;
}

int measure(
    const std::string& program, const std::filesystem::path& directory, std::size_t clients,
    std::size_t inFlight) {
    auto addresses = bench::makeNetwork(sources);
    if (!addresses) {
        std::fprintf(stderr, "bench-setup: %s\n", addresses.error().message.c_str());
        return 1;
    }
    auto broker = bench::Broker::start(program, directory.string(), clients);
    if (!broker) {
        std::fprintf(stderr, "bench-setup: %s\n", broker.error().message.c_str());
        return 1;
    }
    const double brokerBefore = (*broker)->cpuSeconds();
    const double ownBefore = ownCpuSeconds();
    bench::Load load(bench::Broker::endpoint(), *addresses, inFlight);
    const bench::LoadResult result = load.run(clients);
    const auto count = static_cast<double>(result.established);
    std::printf(
        "tunnels=%zu failed=%zu given-twice=%zu in-flight=%zu seconds=%.2f\n", result.established,
        result.failed, result.repeatedAddresses, inFlight, result.seconds);
    std::printf(
        "set-ups per second: %.0f (broker %.0f us of CPU each, load generator %.0f us)\n",
        count / result.seconds, 1e6 * ((*broker)->cpuSeconds() - brokerBefore) / count,
        1e6 * (ownCpuSeconds() - ownBefore) / count);
    broker->reset(); // the disk is for bench-store alone now
    std::fflush(stdout);
    if (const double bare = bareRate(directory.parent_path(), clients, inFlight); bare > 0)
        std::printf("ratio to bare group-committed inserts: %.2f\n", count / result.seconds / bare);
    return result.failed == 0 && result.repeatedAddresses == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    const std::filesystem::path programs = std::filesystem::absolute(argv[0]).parent_path();
    const std::size_t clients = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20000;
    const std::size_t inFlight = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 256;
    if (clients == 0 || inFlight == 0) {
        std::fprintf(stderr, "Usage: bench-setup [TUNNELS [AT A TIME]]\n");
        return 2;
    }
    const std::filesystem::path directory = makeDirectory(programs);
    const int result = measure((programs / "viaductd").string(), directory, clients, inFlight);
    std::fflush(stdout);
    std::filesystem::remove_all(directory);
    return result;
}
