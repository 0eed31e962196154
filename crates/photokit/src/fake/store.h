// The library behind the fake, which Rust has (mod.rs): asked in JSON, by the thread that acts for it.
#import <Foundation/Foundation.h>
#include <stddef.h>
#include <stdint.h>

struct store {
    // Answers a question; `forget` frees the answer.
    char *(*ask)(const char *what, const char *arguments);
    void (*forget)(char *answer);
    // The next of what a request brings, GONE after all of it; `forget_bytes` frees the bytes and `forget` the words.
    enum { END, ALIVE, BYTES, GONE } (*next)(uint64_t request, unsigned char **bytes, size_t *length, char **error);
    void (*forget_bytes)(unsigned char *bytes, size_t length);
    // Whose library this thread acts for, and that this thread acts for it from now on.
    size_t (*current)(void);
    void (*enter)(size_t library);
};
extern struct store store;

// What the library answers; nil where that is nothing. An error is handed back, and raised where it was an exception or
// nobody takes it.
id ask(NSString *what, NSArray *arguments, NSError **error);
// Whether the Mac that this thread acts for has this macOS, or a newer one.
BOOL macos(int version);
// An error in the library's words.
NSError *error_of(const char *json);

// Runs a block on another thread, which acts for the same library; `in_turn` waits for its end.
void aside(void (^block)(void));
void in_turn(void (^block)(void));
// Runs a block on the main queue where the first thread serves it, else on a thread of its own.
void on_main_queue(void (^block)(void));

void *_Block_copy(const void *block);
void _Block_release(const void *block);
