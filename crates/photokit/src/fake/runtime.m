// What Apple's runtime has and GCC's lacks: counting by function calls, blocks, and the main queue.
#define _GNU_SOURCE
#import "store.h"
#include <dlfcn.h>
#include <objc/runtime.h>
#include <pthread.h>

id objc_retain(id object) { return [object retain]; }
void objc_release(id object) { [object release]; }
id objc_autorelease(id object) { return [object autorelease]; }
id objc_autoreleaseReturnValue(id object) { return [object autorelease]; }
id objc_retainAutorelease(id object) { return [[object retain] autorelease]; }
id objc_retainAutoreleaseReturnValue(id object) { return [[object retain] autorelease]; }
id objc_retainAutoreleasedReturnValue(id object) { return [object retain]; }
void *objc_autoreleasePoolPush(void) { return [NSAutoreleasePool new]; }
void objc_autoreleasePoolPop(void *pool) { [(NSAutoreleasePool *)pool release]; }

// Apple's runtime holds what is thrown until it is caught, also where a pool is let go on the way.
void objc_exception_throw(id thrown) {
    void (*throw)(id) = dlsym(RTLD_NEXT, "objc_exception_throw");
    throw([thrown retain]);
    __builtin_unreachable();
}

// GCC's headers have it for who compiles with them, and its library for nobody.
Class class_of(id object) __asm__("object_getClass");
Class class_of(id object) { return object ? object->class_pointer : Nil; }

// Blocks, as their specification lays them out. They are no objects here: nothing sends them a message.
struct descriptor {
    uintptr_t reserved, size;
    void (*copy)(void *to, const void *from);
    void (*dispose)(const void *block);
};
struct block {
    void *isa;
    int flags, reserved;
    void (*invoke)(void *);
    struct descriptor *descriptor;
};
enum { COUNTED = 1 << 24, HAS_COPY = 1 << 25, GLOBAL = 1 << 28, ONE = 2, COUNT = 0xfffe };
enum { AN_OBJECT = 3, A_BLOCK = 7 };

void *_NSConcreteGlobalBlock[32], *_NSConcreteStackBlock[32], *_NSConcreteMallocBlock[32];

void *_Block_copy(const void *given) {
    struct block *block = (void *)given;
    if (!block || block->flags & GLOBAL) return block;
    if (block->flags & COUNTED) {
        __sync_fetch_and_add(&block->flags, ONE);
        return block;
    }
    struct block *copy = malloc(block->descriptor->size);
    memcpy(copy, block, block->descriptor->size);
    copy->isa = _NSConcreteMallocBlock;
    copy->flags = (block->flags & ~(COUNT | 1)) | COUNTED | ONE;
    if (copy->flags & HAS_COPY) copy->descriptor->copy(copy, block);
    return copy;
}

void _Block_release(const void *given) {
    struct block *block = (void *)given;
    if (!block || block->flags & GLOBAL || !(block->flags & COUNTED)) return;
    if (__sync_sub_and_fetch(&block->flags, ONE) & COUNT) return;
    if (block->flags & HAS_COPY) block->descriptor->dispose(block);
    free(block);
}

void _Block_object_assign(void *to, const void *object, const int kind) {
    if (kind == AN_OBJECT) *(id *)to = [(id)object retain];
    else *(void **)to = kind == A_BLOCK ? _Block_copy(object) : (void *)object;
}

void _Block_object_dispose(const void *object, const int kind) {
    if (kind == AN_OBJECT) [(id)object release];
    if (kind == A_BLOCK) _Block_release(object);
}

// The main queue, as libdispatch has it: it is served from the moment on in which the first thread goes there.
struct task {
    void (^block)(void);
    size_t library;
    struct task *next;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static struct task *first, **last = &first;
static BOOL is_served;

void on_main_queue(void (^block)(void)) {
    pthread_mutex_lock(&lock);
    BOOL waits = is_served;
    if (waits) {
        struct task *task = malloc(sizeof *task);
        *task = (struct task){_Block_copy(block), store.current(), NULL};
        *last = task;
        last = &task->next;
        pthread_cond_signal(&woken);
    }
    pthread_mutex_unlock(&lock);
    if (!waits) aside(block);
}

static void perform(struct task *task) {
    store.enter(task->library);
    NSAutoreleasePool *pool = [NSAutoreleasePool new];
    task->block();
    _Block_release(task->block);
    [pool release];
    free(task);
}

void dispatch_main(void) {
    pthread_mutex_lock(&lock);
    is_served = YES;
    for (;;) {
        while (!first) pthread_cond_wait(&woken, &lock);
        struct task *task = first;
        first = task->next;
        if (!first) last = &first;
        pthread_mutex_unlock(&lock);
        perform(task);
        pthread_mutex_lock(&lock);
    }
}

static void *run(void *given) {
    GSRegisterCurrentThread();
    perform(given);
    GSUnregisterCurrentThread();
    return NULL;
}

static pthread_t begin(void (^block)(void)) {
    struct task *task = malloc(sizeof *task);
    *task = (struct task){_Block_copy(block), store.current(), NULL};
    pthread_t thread;
    pthread_create(&thread, NULL, run, task);
    return thread;
}

void aside(void (^block)(void)) { pthread_detach(begin(block)); }

void in_turn(void (^block)(void)) { pthread_join(begin(block), NULL); }
