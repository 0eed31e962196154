// Assets, albums, and how they are fetched.
#import "photos.h"
#import "store.h"

// Assets that are alive, and the most that were at once.
static int alive, most_alive;
int fake_photos_most_alive(void) { return most_alive; }
int fake_photos_alive(void) { return alive; }

// How often what people wrote was fetched for one asset alone.
static int words_fetched;
int fake_photos_words_fetched(void) { return words_fetched; }

// A fact of a dictionary of the library; nil where it is unknown.
static id fact(NSDictionary *facts, NSString *name) {
    id found = [facts objectForKey:name];
    return found == [NSNull null] ? nil : found;
}

static NSDate *date(NSDictionary *facts, NSString *name) {
    NSNumber *seconds = fact(facts, name);
    return seconds ? [NSDate dateWithTimeIntervalSince1970:[seconds doubleValue]] : nil;
}

@implementation CLLocation
- (id)initWithLatitude:(CLLocationDegrees)latitude longitude:(CLLocationDegrees)longitude {
    if ((self = [super init])) coordinate = (CLLocationCoordinate2D){latitude, longitude};
    return self;
}
- (CLLocationCoordinate2D)coordinate { return coordinate; }
@end

@implementation PHObject
- (NSString *)localIdentifier { return [[identifier retain] autorelease]; }
- (void)dealloc {
    [identifier release];
    [super dealloc];
}
@end

@implementation PHObjectPlaceholder
@end

@implementation PHAsset
- (id)init {
    int now = __sync_add_and_fetch(&alive, 1);
    if (now > most_alive) most_alive = now;
    return [super init];
}
- (void)dealloc {
    __sync_sub_and_fetch(&alive, 1);
    [facts release];
    [super dealloc];
}

+ (PHFetchResult *)fetched:(NSArray *)wanted options:(PHFetchOptions *)options {
    NSDictionary *found = ask(@"assets", [wanted arrayByAddingObject:options ? [options words] : [NSDictionary dictionary]], NULL);
    PHFetchResult *result = [[PHFetchResult new] autorelease];
    result->assets = [[found objectForKey:@"result"] retain];
    result->count = [[found objectForKey:@"count"] unsignedIntegerValue];
    result->prefetched = options && options->prefetch;
    return result;
}
+ (PHFetchResult *)fetchAssetsWithOptions:(PHFetchOptions *)options {
    return [self fetched:[NSArray arrayWithObjects:@"all", [NSNull null], nil] options:options];
}
+ (PHFetchResult *)fetchAssetsWithLocalIdentifiers:(NSArray *)identifiers options:(PHFetchOptions *)options {
    return [self fetched:[NSArray arrayWithObjects:@"identifiers", identifiers, nil] options:options];
}
+ (PHFetchResult *)fetchAssetsInAssetCollection:(PHAssetCollection *)album options:(PHFetchOptions *)options {
    return [self fetched:[NSArray arrayWithObjects:@"album", album->identifier, nil] options:options];
}

// What a system may lack, it lacks where the library does not tell it.
- (BOOL)respondsToSelector:(SEL)selector {
    if (sel_isEqual(selector, @selector(participatesInLibraryScope))) return fact(facts, @"in_shared_library") != nil;
    if (sel_isEqual(selector, @selector(addedDate))) return macos(26);
    if (sel_isEqual(selector, @selector(extendedMetadata)) || sel_isEqual(selector, @selector(rating))) return macos(27);
    return [super respondsToSelector:selector];
}

- (PHAssetMediaType)mediaType {
    NSString *media = fact(facts, @"media");
    if ([media isEqual:@"Image"]) return PHAssetMediaTypeImage;
    return [media isEqual:@"Video"] ? PHAssetMediaTypeVideo : PHAssetMediaTypeUnknown;
}
- (PHAssetMediaSubtype)mediaSubtypes {
    NSDictionary *subtypes = fact(facts, @"subtypes");
    BOOL (^is)(NSString *) = ^(NSString *name) { return [fact(subtypes, name) boolValue]; };
    return (is(@"panorama") ? PHAssetMediaSubtypePhotoPanorama : 0) |
           (is(@"screenshot") ? PHAssetMediaSubtypePhotoScreenshot : 0) |
           (is(@"live") ? PHAssetMediaSubtypePhotoLive : 0) |
           (is(@"high_frame_rate") ? PHAssetMediaSubtypeVideoHighFrameRate : 0) |
           (is(@"time_lapse") ? PHAssetMediaSubtypeVideoTimelapse : 0) |
           (is(@"screen_recording") ? PHAssetMediaSubtypeVideoScreenRecording : 0);
}
- (PHAssetSourceType)sourceType {
    return [fact(facts, @"cloud_shared") boolValue] ? PHAssetSourceTypeCloudShared : PHAssetSourceTypeUserLibrary;
}
- (NSString *)burstIdentifier { return fact(facts, @"burst"); }
- (PHAssetBurstSelectionType)burstSelectionTypes {
    BOOL picked = fact(facts, @"burst") && [fact(facts, @"picked") boolValue];
    return picked ? PHAssetBurstSelectionTypeUserPick : PHAssetBurstSelectionTypeNone;
}
- (BOOL)representsBurst { return NO; }
- (NSDate *)creationDate { return date(facts, @"created"); }
- (NSDate *)modificationDate { return date(facts, @"modified"); }
- (NSDate *)addedDate { return date(facts, @"added"); }
- (CLLocation *)location {
    NSArray *place = fact(facts, @"location");
    if (!place) return nil;
    double latitude = [[place objectAtIndex:0] doubleValue], longitude = [[place objectAtIndex:1] doubleValue];
    return [[[CLLocation alloc] initWithLatitude:latitude longitude:longitude] autorelease];
}
- (BOOL)isFavorite { return [fact(facts, @"favorite") boolValue]; }
- (BOOL)isHidden { return [fact(facts, @"hidden") boolValue]; }
- (NSUInteger)pixelWidth { return [[fact(facts, @"pixels") objectAtIndex:0] unsignedLongLongValue]; }
- (NSUInteger)pixelHeight { return [[fact(facts, @"pixels") objectAtIndex:1] unsignedLongLongValue]; }
- (NSTimeInterval)duration { return [fact(facts, @"duration") doubleValue]; }
- (BOOL)hasAdjustments { return [fact(facts, @"has_adjustments") boolValue]; }
- (PHAssetRating)rating { return [fact(fact(facts, @"words"), @"rating") integerValue]; }
- (PHAssetExtendedMetadata *)extendedMetadata {
    if (!has_words) __sync_add_and_fetch(&words_fetched, 1);
    NSDictionary *words = fact(facts, @"words");
    if (!words) return nil;
    PHAssetExtendedMetadata *told = [[PHAssetExtendedMetadata new] autorelease];
    told->facts = [words retain];
    return told;
}
- (BOOL)participatesInLibraryScope { return [fact(facts, @"in_shared_library") boolValue]; }
@end

@implementation PHAssetExtendedMetadata
- (NSString *)caption { return fact(facts, @"caption"); }
- (NSString *)originalFilename { return fact(facts, @"original_filename"); }
- (NSArray *)keywords { return fact(facts, @"keywords"); }
- (void)dealloc {
    [facts release];
    [super dealloc];
}
@end

@implementation PHFetchOptions
- (BOOL)respondsToSelector:(SEL)selector {
    if (sel_isEqual(selector, @selector(setPrefetchAssetExtendedMetadata:))) return macos(27);
    return [super respondsToSelector:selector];
}
- (void)setPrefetchAssetExtendedMetadata:(BOOL)with { prefetch = with; }
- (void)setIncludeHiddenAssets:(BOOL)include { hidden = include; }
- (void)setIncludeAllBurstAssets:(BOOL)include { bursts = include; }
- (void)setIncludeAssetSourceTypes:(PHAssetSourceType)types { sources = types; }
- (NSDictionary *)words {
    return [NSDictionary dictionaryWithObjectsAndKeys:[NSNumber numberWithBool:hidden], @"hidden",
                                                      [NSNumber numberWithBool:bursts], @"bursts",
                                                      [NSNumber numberWithBool:(sources & PHAssetSourceTypeCloudShared) != 0],
                                                      @"shared",
                                                      [NSNumber numberWithBool:sources == PHAssetSourceTypeCloudShared],
                                                      @"only_shared", nil];
}
@end

@implementation PHAssetCollection
+ (PHFetchResult *)fetched:(BOOL (^)(NSString *))is_wanted {
    NSArray *told = ask(@"albums", [NSArray array], NULL);
    NSMutableArray *albums = [NSMutableArray array];
    for (NSDictionary *one in told) {
        if (!is_wanted([one objectForKey:@"id"])) continue;
        PHAssetCollection *album = [[PHAssetCollection new] autorelease];
        album->identifier = [[one objectForKey:@"id"] retain];
        album->title = [[one objectForKey:@"title"] retain];
        [albums addObject:album];
    }
    PHFetchResult *result = [[PHFetchResult new] autorelease];
    result->albums = [albums retain];
    result->count = [albums count];
    return result;
}
+ (PHFetchResult *)fetchAssetCollectionsWithType:(PHAssetCollectionType)type
                                         subtype:(PHAssetCollectionSubtype)subtype
                                         options:(PHFetchOptions *)options {
    BOOL regular = type == PHAssetCollectionTypeAlbum && subtype == PHAssetCollectionSubtypeAlbumRegular;
    return [self fetched:^(NSString *identifier) { return regular; }];
}
+ (PHFetchResult *)fetchAssetCollectionsWithLocalIdentifiers:(NSArray *)identifiers options:(PHFetchOptions *)options {
    return [self fetched:^(NSString *identifier) { return [identifiers containsObject:identifier]; }];
}
- (NSString *)localizedTitle { return title; }
- (void)dealloc {
    [title release];
    [super dealloc];
}
@end

@implementation PHFetchResult
- (NSUInteger)count { return count; }
// Made as they are asked for.
- (id)objectAtIndex:(NSUInteger)at {
    if (at >= count) [NSException raise:NSRangeException format:@"index %lu beyond bounds", (unsigned long)at];
    if (albums) return [albums objectAtIndex:at];
    PHAsset *asset = [[PHAsset new] autorelease];
    NSNumber *place = [NSNumber numberWithUnsignedInteger:at];
    asset->facts = [ask(@"asset", [NSArray arrayWithObjects:assets, place, nil], NULL) retain];
    asset->identifier = [[asset->facts objectForKey:@"local_identifier"] retain];
    asset->has_words = prefetched;
    return asset;
}
- (NSUInteger)countByEnumeratingWithState:(NSFastEnumerationState *)state objects:(id *)objects count:(NSUInteger)room {
    NSUInteger given = 0;
    for (; given < room && state->state < count; given++) objects[given] = [self objectAtIndex:state->state++];
    state->itemsPtr = objects;
    state->mutationsPtr = (unsigned long *)&count;
    return given;
}
- (void)dealloc {
    // The pool that lets go of it may be the last one.
    NSAutoreleasePool *pool = [NSAutoreleasePool new];
    if (assets) ask(@"end of result", [NSArray arrayWithObject:assets], NULL);
    [pool release];
    [assets release];
    [albums release];
    [super dealloc];
}
@end
