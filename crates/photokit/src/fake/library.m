// The library itself: permission, changes, and what changed.
#import "photos.h"
#import "store.h"

// The change in which this thread is: requests for new assets and for albums, and why it cannot be performed.
static __thread NSMutableArray *change;
static __thread NSError *refusal;

// What its block asks the library, whose pools may be let go before it ends.
static id ask_within(NSString *what, NSArray *arguments) {
    NSError *error = nil;
    id told = ask(what, arguments, &error);
    if (error && !refusal) refusal = [error retain];
    return told;
}

static void only_within_a_change(void) {
    if (!change) [NSException raise:NSInternalInconsistencyException format:@"called outside of a change"];
}

static NSError *photos_error(NSInteger code) {
    NSDictionary *info = [NSDictionary dictionaryWithObject:@"The operation couldn’t be completed." forKey:NSLocalizedDescriptionKey];
    return [NSError errorWithDomain:@"PHPhotosErrorDomain" code:code userInfo:info];
}

@implementation PHAssetResourceCreationOptions
- (void)setOriginalFilename:(NSString *)given { name = [given copy]; }
- (void)setShouldMoveFile:(BOOL)moves {
    if (moves) [NSException raise:NSInvalidArgumentException format:@"the files of people are never moved"];
}
- (void)dealloc {
    [name release];
    [super dealloc];
}
@end

@implementation PHAssetChangeRequest
- (void)setCreationDate:(NSDate *)date {
    [facts setObject:[NSNumber numberWithDouble:[date timeIntervalSince1970]] forKey:@"created"];
}
- (void)setLocation:(CLLocation *)location {
    CLLocationCoordinate2D place = [location coordinate];
    NSNumber *latitude = [NSNumber numberWithDouble:place.latitude], *longitude = [NSNumber numberWithDouble:place.longitude];
    [facts setObject:[NSArray arrayWithObjects:latitude, longitude, nil] forKey:@"location"];
}
- (BOOL)respondsToSelector:(SEL)selector {
    if (sel_isEqual(selector, @selector(setCaption:)) || sel_isEqual(selector, @selector(addKeyword:)) ||
        sel_isEqual(selector, @selector(setRating:)))
        return macos(27);
    return [super respondsToSelector:selector];
}
- (void)setCaption:(NSString *)caption { [facts setObject:caption forKey:@"caption"]; }
- (void)setRating:(PHAssetRating)rating { [facts setObject:[NSNumber numberWithLong:rating] forKey:@"rating"]; }
- (void)addKeyword:(NSString *)keyword {
    only_within_a_change();
    ask(@"keyword", [NSArray arrayWithObject:keyword], NULL);
    NSArray *before = [facts objectForKey:@"keywords"] ?: [NSArray array];
    [facts setObject:[before arrayByAddingObject:keyword] forKey:@"keywords"];
}
- (void)setFavorite:(BOOL)favorite { [facts setObject:[NSNumber numberWithBool:favorite] forKey:@"favorite"]; }
- (void)dealloc {
    [facts release];
    [super dealloc];
}
@end

@implementation PHAssetCreationRequest
+ (BOOL)supportsAssetResourceTypes:(NSArray *)types {
    BOOL is_each_once = [[NSSet setWithArray:types] count] == [types count];
    return is_each_once && [ask(@"supports", [NSArray arrayWithObject:types], NULL) boolValue];
}
+ (id)creationRequestForAsset {
    only_within_a_change();
    PHAssetCreationRequest *request = [[self new] autorelease];
    NSMutableArray *files = [NSMutableArray array], *albums = [NSMutableArray array];
    request->facts = [[NSMutableDictionary alloc] initWithObjectsAndKeys:files, @"files", albums, @"albums", nil];
    NSString *identifier = ask_within(@"placeholder", [NSArray array]);
    if (identifier) {
        request->placeholder = [PHObjectPlaceholder new];
        request->placeholder->identifier = [identifier retain];
    }
    [change addObject:request];
    return request;
}
- (PHObjectPlaceholder *)placeholderForCreatedAsset { return placeholder; }
- (void)add:(PHAssetResourceType)type path:(NSString *)path name:(NSString *)name {
    only_within_a_change();
    NSMutableArray *files = [facts objectForKey:@"files"];
    ask(@"add", [NSArray arrayWithObject:[NSNumber numberWithUnsignedInteger:[files count]]], NULL);
    [files addObject:[NSArray arrayWithObjects:[NSNumber numberWithLong:type], path, name, nil]];
}
- (void)addResourceWithType:(PHAssetResourceType)type
                    fileURL:(NSURL *)url
                    options:(PHAssetResourceCreationOptions *)options {
    [self add:type path:[url path] name:options->name ?: [[url path] lastPathComponent]];
}
- (void)addResourceWithType:(PHAssetResourceType)type
                       data:(NSData *)data
                    options:(PHAssetResourceCreationOptions *)options {
    [self add:type path:@"" name:@""];
}
- (NSError *)fault {
    NSMutableArray *types = [NSMutableArray array];
    for (NSArray *file in [facts objectForKey:@"files"]) [types addObject:[file objectAtIndex:0]];
    if ([types count] == 0) return photos_error(PHPhotosErrorMissingResource);
    if (![PHAssetCreationRequest supportsAssetResourceTypes:types]) return photos_error(PHPhotosErrorChangeNotSupported);
    return nil;
}
- (NSError *)commit {
    NSError *error = nil;
    ask(@"commit", [NSArray arrayWithObjects:placeholder ? (id)placeholder->identifier : [NSNull null], facts, nil], &error);
    return error;
}
- (void)dealloc {
    [placeholder release];
    [super dealloc];
}
@end

@implementation PHAssetCollectionChangeRequest
+ (id)changeRequestForAssetCollection:(PHAssetCollection *)album {
    only_within_a_change();
    PHAssetCollectionChangeRequest *request = [[self new] autorelease];
    request->album = [album->identifier retain];
    request->added = [NSMutableArray new];
    [change addObject:request];
    return request;
}
// The library behind makes it at once, since it alone knows how an album is called.
+ (id)creationRequestForAssetCollectionWithTitle:(NSString *)title {
    only_within_a_change();
    NSString *identifier = ask_within(@"new album", [NSArray arrayWithObject:title]);
    PHAssetCollectionChangeRequest *request = [[self new] autorelease];
    request->placeholder = [PHObjectPlaceholder new];
    request->placeholder->identifier = [(identifier ?: @"") retain];
    return request;
}
- (PHObjectPlaceholder *)placeholderForCreatedAssetCollection { return placeholder; }
- (void)addAssets:(id<NSFastEnumeration>)assets {
    for (PHObject *asset in assets) [added addObject:asset];
}
// New assets are put into it as they are made.
- (NSError *)fault {
    for (PHAssetCreationRequest *request in change) {
        if (![request isKindOfClass:[PHAssetCreationRequest class]] || !request->placeholder) continue;
        if (![added containsObject:request->placeholder]) continue;
        [[request->facts objectForKey:@"albums"] addObject:album];
        [added removeObject:request->placeholder];
    }
    return nil;
}
- (NSError *)commit {
    NSMutableArray *identifiers = [NSMutableArray array];
    for (PHObject *asset in added) [identifiers addObject:[asset localIdentifier]];
    NSError *error = nil;
    if ([identifiers count] > 0) ask(@"fill album", [NSArray arrayWithObjects:album, identifiers, nil], &error);
    return error;
}
- (void)dealloc {
    [placeholder release];
    [album release];
    [added release];
    [super dealloc];
}
@end

// GCC's runtime knows a protocol once a class has it.
@interface FakeObserver : NSObject <PHPhotoLibraryPersistentChangesObserver>
@end
@implementation FakeObserver
- (void)photoLibraryPersistentChangesDidUpdate:(PHPhotoLibrary *)library {}
@end

// Held weakly.
static id<PHPhotoLibraryPersistentChangesObserver> observer;

// Performs a change: its block, then all of what it asked for, or nothing. An exception leaves the block as it would on a Mac.
static NSError *perform(void (^block)(void)) {
    change = [NSMutableArray array];
    refusal = nil;
    block();
    NSError *error = [refusal autorelease];
    for (id request in change)
        if (!error) error = [request fault];
    for (id request in change)
        if (!error) error = [request commit];
    change = nil;
    if (!error) [observer photoLibraryPersistentChangesDidUpdate:[PHPhotoLibrary sharedPhotoLibrary]];
    return error;
}

@implementation PHPersistentChangeToken
+ (BOOL)supportsSecureCoding { return YES; }
- (void)encodeWithCoder:(NSCoder *)coder { [coder encodeObject:state forKey:@"state"]; }
- (id)initWithCoder:(NSCoder *)coder {
    state = [[coder decodeObjectForKey:@"state"] retain];
    return self;
}
- (void)dealloc {
    [state release];
    [super dealloc];
}
@end

@implementation PHPersistentObjectChangeDetails
- (NSSet *)of:(NSString *)kind { return [NSSet setWithArray:[changed objectForKey:kind]]; }
- (NSSet *)insertedLocalIdentifiers { return [self of:@"inserted"]; }
- (NSSet *)updatedLocalIdentifiers { return [self of:@"updated"]; }
- (NSSet *)deletedLocalIdentifiers { return [self of:@"deleted"]; }
- (void)dealloc {
    [changed release];
    [super dealloc];
}
@end

@implementation PHPersistentChange
- (PHPersistentObjectChangeDetails *)changeDetailsForObjectType:(PHObjectType)type error:(NSError **)error {
    NSDictionary *failed = [changed objectForKey:@"details"];
    if (failed || type != PHObjectTypeAsset) {
        *error = photos_error(3210);
        return nil;
    }
    PHPersistentObjectChangeDetails *details = [[PHPersistentObjectChangeDetails new] autorelease];
    details->changed = [changed retain];
    return details;
}
- (void)dealloc {
    [changed release];
    [super dealloc];
}
@end

@implementation PHPersistentChangeFetchResult
// One change for each kind, as if they had come one after the other.
- (void)enumerateChangesWithBlock:(void (^)(PHPersistentChange *, BOOL *))block {
    BOOL stop = NO;
    for (NSString *kind in changed) {
        PHPersistentChange *one = [[PHPersistentChange new] autorelease];
        one->changed = [[NSDictionary dictionaryWithObject:[changed objectForKey:kind] forKey:kind] retain];
        if (!stop) block(one, &stop);
    }
}
- (void)dealloc {
    [changed release];
    [super dealloc];
}
@end

@implementation PHPhotoLibrary
+ (PHAuthorizationStatus)authorizationStatusForAccessLevel:(PHAccessLevel)level {
    NSNumber *status = ask(@"authorization", [NSArray array], NULL);
    return level == PHAccessLevelReadWrite ? [status longLongValue] : PHAuthorizationStatusNotDetermined;
}
+ (void)requestAuthorizationForAccessLevel:(PHAccessLevel)level handler:(void (^)(PHAuthorizationStatus))handler {
    aside(^{
      NSNumber *status = ask(@"request authorization", [NSArray array], NULL);
      if (!status) return;
      on_main_queue(^{
        handler([status longLongValue]);
      });
    });
}
+ (PHPhotoLibrary *)sharedPhotoLibrary {
    static PHPhotoLibrary *only;
    @synchronized(self) {
        if (!only) only = [self new];
    }
    return only;
}
- (NSError *)unavailabilityReason {
    NSError *error = nil;
    ask(@"unavailability", [NSArray array], &error);
    return error;
}
- (BOOL)performChangesAndWait:(void (^)(void))block error:(NSError **)error {
    NSError *failed = nil, **place = &failed;
    in_turn(^{
      if ([ask(@"twice", [NSArray array], NULL) boolValue]) {
          *place = [perform(block) retain];
          perform(block);
      } else {
          *place = [perform(block) retain];
      }
    });
    if (error) *error = [failed autorelease];
    return failed == nil;
}
- (BOOL)respondsToSelector:(SEL)selector {
    if (sel_isEqual(selector, @selector(registerPersistentChangesObserver:))) return macos(27);
    return [super respondsToSelector:selector];
}
- (void)registerPersistentChangesObserver:(id<PHPhotoLibraryPersistentChangesObserver>)given {
    if (![(id)given conformsToProtocol:@protocol(PHPhotoLibraryPersistentChangesObserver)])
        [NSException raise:NSInvalidArgumentException format:@"not an observer"];
    observer = given;
}
- (PHPersistentChangeToken *)currentChangeToken {
    NSString *state = ask(@"token", [NSArray array], NULL);
    if (!state) return nil;
    PHPersistentChangeToken *token = [[PHPersistentChangeToken new] autorelease];
    token->state = [state retain];
    return token;
}
- (PHPersistentChangeFetchResult *)fetchPersistentChangesSinceToken:(PHPersistentChangeToken *)token
                                                              error:(NSError **)error {
    NSDictionary *changed = ask(@"changes", [NSArray arrayWithObject:token->state], error);
    if (!changed) return nil;
    PHPersistentChangeFetchResult *result = [[PHPersistentChangeFetchResult new] autorelease];
    result->changed = [changed retain];
    return result;
}
@end
