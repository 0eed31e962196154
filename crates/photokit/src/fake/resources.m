// The files of assets, and their bytes.
#import "photos.h"
#import "store.h"

static id fact(NSDictionary *facts, NSString *name) {
    id found = [facts objectForKey:name];
    return found == [NSNull null] ? nil : found;
}

@implementation PHAssetResource
+ (NSArray *)assetResourcesForAsset:(PHAsset *)asset {
    NSMutableArray *resources = [NSMutableArray array];
    for (NSDictionary *told in ask(@"resources", [NSArray arrayWithObject:asset->identifier], NULL)) {
        PHAssetResource *resource = [[PHAssetResource new] autorelease];
        resource->asset = [asset->identifier retain];
        resource->facts = [told retain];
        [resources addObject:resource];
    }
    return resources;
}
- (BOOL)respondsToSelector:(SEL)selector {
    if (sel_isEqual(selector, @selector(filename)) || sel_isEqual(selector, @selector(dataSize))) return macos(27);
    if (sel_isEqual(selector, @selector(fileSize))) return fact(facts, @"size") != nil && !macos(27);
    if (sel_isEqual(selector, @selector(isLocallyAvailable))) return fact(facts, @"is_locally_available") != nil;
    return [super respondsToSelector:selector];
}
- (PHAssetResourceType)type { return [fact(facts, @"type") longLongValue]; }
// Said never to be nil, which they can be: the library's nothing is ours.
- (NSString *)originalFilename { return fact(facts, @"original_filename"); }
- (NSString *)uniformTypeIdentifier { return fact(facts, @"uniform_type_identifier"); }
- (NSString *)filename { return fact(facts, @"original_filename"); }
- (NSNumber *)dataSize { return fact(facts, @"size"); }
- (unsigned long long)fileSize { return [fact(facts, @"size") unsignedLongLongValue]; }
- (BOOL)isLocallyAvailable { return [fact(facts, @"is_locally_available") boolValue]; }
- (void)dealloc {
    [asset release];
    [facts release];
    [super dealloc];
}
@end

@implementation PHAssetResourceRequestOptions
- (void)setNetworkAccessAllowed:(BOOL)allowed { network = allowed; }
- (void)setProgressHandler:(void (^)(double))handler {
    _Block_release(progress);
    progress = _Block_copy(handler);
}
- (void)dealloc {
    _Block_release(progress);
    [super dealloc];
}
@end

// One piece of a request is handed over at a time, and its end waits for that.
static NSLock *turn_of(NSNumber *request) {
    static NSMutableDictionary *turns;
    @synchronized([PHAssetResourceManager class]) {
        if (!turns) turns = [NSMutableDictionary new];
        if (![turns objectForKey:request]) [turns setObject:[[NSLock new] autorelease] forKey:request];
        return [turns objectForKey:request];
    }
}

// Hands on what comes of a request, until its end; more may come after that, as nobody promises that it does not.
static void deliver(NSNumber *request, void (^progress)(double), void (^data)(NSData *), void (^completion)(NSError *)) {
    for (;;) {
        NSAutoreleasePool *pool = [NSAutoreleasePool new];
        unsigned char *bytes = NULL;
        size_t length = 0;
        char *error = NULL;
        int came = store.next([request unsignedLongLongValue], &bytes, &length, &error);
        if (came == ALIVE && progress) progress(0.5);
        if (came == BYTES) {
            [turn_of(request) lock];
            data([NSData dataWithBytes:bytes length:length]);
            [turn_of(request) unlock];
            store.forget_bytes(bytes, length);
        }
        if (came == END) completion(error ? error_of(error) : nil);
        if (error) store.forget(error);
        [pool release];
        if (came == GONE) return;
    }
}

@implementation PHAssetResourceManager
+ (PHAssetResourceManager *)defaultManager {
    static PHAssetResourceManager *only;
    @synchronized(self) {
        if (!only) only = [self new];
    }
    return only;
}
- (PHAssetResourceDataRequestID)requestDataForAssetResource:(PHAssetResource *)resource
                                                    options:(PHAssetResourceRequestOptions *)options
                                        dataReceivedHandler:(void (^)(NSData *))data
                                          completionHandler:(void (^)(NSError *))completion {
    NSArray *wanted = [NSArray arrayWithObjects:resource->asset, [NSNumber numberWithLong:[resource type]],
                                                [NSNumber numberWithBool:options->network], nil];
    NSError *error = nil;
    NSNumber *request = ask(@"request", wanted, &error);
    void (^progress)(double) = options->progress;
    aside(^{
      if (request) deliver(request, progress, data, completion);
      else completion(error);
    });
    return [request intValue];
}
- (void)cancelDataRequest:(PHAssetResourceDataRequestID)request {
    NSNumber *number = [NSNumber numberWithInt:request];
    [turn_of(number) lock];
    [turn_of(number) unlock];
    ask(@"cancel", [NSArray arrayWithObject:number], NULL);
}
@end
