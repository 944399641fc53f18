// SPDX-License-Identifier: GPL-3.0-or-later
// How any thread tells the packet thread something without ever making it wait: a list that senders push to
// and the one receiver takes as a whole.
#pragma once

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace viaduct::dataplane {

template <typename Letter>
class Mailbox {
public:
    Mailbox() = default;
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox() { take(); }

    /// Any thread. Whether the box was empty, so that the receiver has to be woken.
    bool put(Letter letter) {
        Node* older = m_newest.load(std::memory_order_relaxed);
        auto* node = new Node{std::move(letter), older};
        while (!m_newest.compare_exchange_weak(
            older, node, std::memory_order_release, std::memory_order_relaxed))
            node->older = older;
        return older == nullptr; // the node is the receiver's already
    }

    /// The receiver alone: whether take() would give nothing.
    bool isEmpty() const { return m_newest.load(std::memory_order_relaxed) == nullptr; }

    /// The receiver alone. All letters, in the order in which they were put.
    std::vector<Letter> take() {
        std::vector<Letter> letters;
        Node* node = m_newest.exchange(nullptr, std::memory_order_acquire);
        while (node != nullptr) {
            letters.push_back(std::move(node->letter));
            delete std::exchange(node, node->older);
        }
        std::ranges::reverse(letters);
        return letters;
    }

private:
    struct Node {
        Letter letter;
        Node* older;
    };

    std::atomic<Node*> m_newest{nullptr};
};

} // namespace viaduct::dataplane
