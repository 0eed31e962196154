// What the fake has of PhotoKit: names, numbers and types as in Apple's documentation, never as in a crate that binds them.
// scripts/run-photokit holds them against the metadata of pyobjc, which was read from Apple's headers.
#import <Foundation/Foundation.h>

typedef NS_ENUM(NSInteger, PHAuthorizationStatus) {
    PHAuthorizationStatusNotDetermined = 0,
    PHAuthorizationStatusRestricted = 1,
    PHAuthorizationStatusDenied = 2,
    PHAuthorizationStatusAuthorized = 3,
    PHAuthorizationStatusLimited = 4,
};
typedef NS_ENUM(NSInteger, PHAccessLevel) { PHAccessLevelAddOnly = 1, PHAccessLevelReadWrite = 2 };
typedef NS_ENUM(NSInteger, PHObjectType) { PHObjectTypeAsset = 1, PHObjectTypeAssetCollection = 2 };
typedef NS_ENUM(NSInteger, PHAssetMediaType) {
    PHAssetMediaTypeUnknown = 0,
    PHAssetMediaTypeImage = 1,
    PHAssetMediaTypeVideo = 2,
};
typedef NS_OPTIONS(NSUInteger, PHAssetMediaSubtype) {
    PHAssetMediaSubtypePhotoPanorama = 1,
    PHAssetMediaSubtypePhotoScreenshot = 4,
    PHAssetMediaSubtypePhotoLive = 8,
    PHAssetMediaSubtypeVideoHighFrameRate = 131072,
    PHAssetMediaSubtypeVideoTimelapse = 262144,
    PHAssetMediaSubtypeVideoScreenRecording = 524288,
};
typedef NS_OPTIONS(NSUInteger, PHAssetSourceType) {
    PHAssetSourceTypeUserLibrary = 1,
    PHAssetSourceTypeCloudShared = 2,
};
typedef NS_OPTIONS(NSUInteger, PHAssetBurstSelectionType) {
    PHAssetBurstSelectionTypeNone = 0,
    PHAssetBurstSelectionTypeUserPick = 2,
};
typedef NS_ENUM(NSInteger, PHAssetResourceType) {
    PHAssetResourceTypePhoto = 1,
    PHAssetResourceTypeVideo = 2,
    PHAssetResourceTypeAlternatePhoto = 4,
    PHAssetResourceTypeFullSizePhoto = 5,
    PHAssetResourceTypeFullSizeVideo = 6,
    PHAssetResourceTypeAdjustmentData = 7,
    PHAssetResourceTypePairedVideo = 9,
    PHAssetResourceTypeFullSizePairedVideo = 10,
};
typedef NS_ENUM(NSInteger, PHAssetCollectionType) { PHAssetCollectionTypeAlbum = 1 };
typedef NS_ENUM(NSInteger, PHAssetCollectionSubtype) { PHAssetCollectionSubtypeAlbumRegular = 2 };
typedef NS_ENUM(NSInteger, PHPhotosError) {
    PHPhotosErrorInvalidResource = 3302,
    PHPhotosErrorMissingResource = 3303,
    PHPhotosErrorChangeNotSupported = 3300,
};
// Of macOS 27.
typedef NSInteger PHAssetRating;
typedef int PHAssetResourceDataRequestID;
typedef double CLLocationDegrees;
typedef struct CLLocationCoordinate2D { CLLocationDegrees latitude, longitude; } CLLocationCoordinate2D;

@class PHFetchResult, PHFetchOptions, PHAssetCollection;

@interface CLLocation : NSObject {
    CLLocationCoordinate2D coordinate;
}
- (id)initWithLatitude:(CLLocationDegrees)latitude longitude:(CLLocationDegrees)longitude;
- (CLLocationCoordinate2D)coordinate;
@end

@interface PHObject : NSObject {
@public
    NSString *identifier;
}
- (NSString *)localIdentifier;
@end

@interface PHObjectPlaceholder : PHObject
@end

// Of macOS 27.
@interface PHAssetExtendedMetadata : NSObject {
@public
    NSDictionary *facts;
}
- (NSString *)caption;
- (NSString *)originalFilename;
- (NSArray *)keywords;
@end

@interface PHAsset : PHObject {
@public
    NSDictionary *facts;
    BOOL has_words;
}
+ (PHFetchResult *)fetchAssetsWithOptions:(PHFetchOptions *)options;
+ (PHFetchResult *)fetchAssetsWithLocalIdentifiers:(NSArray *)identifiers options:(PHFetchOptions *)options;
+ (PHFetchResult *)fetchAssetsInAssetCollection:(PHAssetCollection *)album options:(PHFetchOptions *)options;
- (PHAssetMediaType)mediaType;
- (PHAssetMediaSubtype)mediaSubtypes;
- (PHAssetSourceType)sourceType;
- (NSString *)burstIdentifier;
- (PHAssetBurstSelectionType)burstSelectionTypes;
- (BOOL)representsBurst;
- (NSDate *)creationDate;
- (NSDate *)modificationDate;
- (NSDate *)addedDate;
- (CLLocation *)location;
- (BOOL)isFavorite;
- (BOOL)isHidden;
- (NSUInteger)pixelWidth;
- (NSUInteger)pixelHeight;
- (NSTimeInterval)duration;
- (BOOL)hasAdjustments;
// Of macOS 27.
- (PHAssetRating)rating;
- (PHAssetExtendedMetadata *)extendedMetadata;
// Not public.
- (BOOL)participatesInLibraryScope;
@end

@interface PHAssetCollection : PHObject {
@public
    NSString *title;
}
+ (PHFetchResult *)fetchAssetCollectionsWithType:(PHAssetCollectionType)type
                                         subtype:(PHAssetCollectionSubtype)subtype
                                         options:(PHFetchOptions *)options;
+ (PHFetchResult *)fetchAssetCollectionsWithLocalIdentifiers:(NSArray *)identifiers options:(PHFetchOptions *)options;
- (NSString *)localizedTitle;
@end

@interface PHFetchOptions : NSObject {
@public
    BOOL hidden, bursts, prefetch;
    PHAssetSourceType sources;
}
// Of macOS 27.
- (void)setPrefetchAssetExtendedMetadata:(BOOL)prefetch;
- (void)setIncludeHiddenAssets:(BOOL)include;
- (void)setIncludeAllBurstAssets:(BOOL)include;
- (void)setIncludeAssetSourceTypes:(PHAssetSourceType)types;
// What of it reaches the library behind.
- (NSDictionary *)words;
@end

@interface PHFetchResult : NSObject <NSFastEnumeration> {
@public
    NSNumber *assets;
    NSArray *albums;
    NSUInteger count;
    BOOL prefetched;
}
- (NSUInteger)count;
- (id)objectAtIndex:(NSUInteger)at;
@end

@interface PHAssetResource : NSObject {
@public
    NSString *asset;
    NSDictionary *facts;
}
+ (NSArray *)assetResourcesForAsset:(PHAsset *)asset;
- (PHAssetResourceType)type;
- (NSString *)originalFilename;
- (NSString *)uniformTypeIdentifier;
// Of macOS 27.
- (NSString *)filename;
- (NSNumber *)dataSize;
// Not public.
- (unsigned long long)fileSize;
- (BOOL)isLocallyAvailable;
@end

@interface PHAssetResourceRequestOptions : NSObject {
@public
    BOOL network;
    void (^progress)(double);
}
- (void)setNetworkAccessAllowed:(BOOL)allowed;
- (void)setProgressHandler:(void (^)(double))handler;
@end

@interface PHAssetResourceManager : NSObject
+ (PHAssetResourceManager *)defaultManager;
- (PHAssetResourceDataRequestID)requestDataForAssetResource:(PHAssetResource *)resource
                                                    options:(PHAssetResourceRequestOptions *)options
                                        dataReceivedHandler:(void (^)(NSData *))data
                                          completionHandler:(void (^)(NSError *))completion;
- (void)cancelDataRequest:(PHAssetResourceDataRequestID)request;
@end

@interface PHAssetResourceCreationOptions : NSObject {
@public
    NSString *name;
}
- (void)setOriginalFilename:(NSString *)name;
- (void)setShouldMoveFile:(BOOL)moves;
@end

@interface PHAssetChangeRequest : NSObject {
@public
    NSMutableDictionary *facts;
}
- (void)setCreationDate:(NSDate *)date;
- (void)setLocation:(CLLocation *)location;
- (void)setFavorite:(BOOL)favorite;
// Of macOS 27.
- (void)setCaption:(NSString *)caption;
- (void)setRating:(PHAssetRating)rating;
- (void)addKeyword:(NSString *)keyword;
@end

@interface PHAssetCreationRequest : PHAssetChangeRequest {
@public
    PHObjectPlaceholder *placeholder;
}
+ (BOOL)supportsAssetResourceTypes:(NSArray *)types;
+ (id)creationRequestForAsset;
- (PHObjectPlaceholder *)placeholderForCreatedAsset;
- (void)addResourceWithType:(PHAssetResourceType)type
                    fileURL:(NSURL *)url
                    options:(PHAssetResourceCreationOptions *)options;
- (void)addResourceWithType:(PHAssetResourceType)type
                       data:(NSData *)data
                    options:(PHAssetResourceCreationOptions *)options;
@end

@interface PHAssetCollectionChangeRequest : NSObject {
@public
    PHObjectPlaceholder *placeholder;
    NSString *album;
    NSMutableArray *added;
}
+ (id)changeRequestForAssetCollection:(PHAssetCollection *)album;
+ (id)creationRequestForAssetCollectionWithTitle:(NSString *)title;
- (PHObjectPlaceholder *)placeholderForCreatedAssetCollection;
- (void)addAssets:(id<NSFastEnumeration>)assets;
@end

@interface PHPersistentChangeToken : NSObject <NSSecureCoding> {
@public
    NSString *state;
}
@end

@interface PHPersistentObjectChangeDetails : NSObject {
@public
    NSDictionary *changed;
}
- (NSSet *)insertedLocalIdentifiers;
- (NSSet *)updatedLocalIdentifiers;
- (NSSet *)deletedLocalIdentifiers;
@end

@interface PHPersistentChange : NSObject {
@public
    NSDictionary *changed;
}
- (PHPersistentObjectChangeDetails *)changeDetailsForObjectType:(PHObjectType)type error:(NSError **)error;
@end

@interface PHPersistentChangeFetchResult : NSObject {
@public
    NSDictionary *changed;
}
- (void)enumerateChangesWithBlock:(void (^)(PHPersistentChange *, BOOL *))block;
@end

@protocol PHPhotoLibraryPersistentChangesObserver;

@interface PHPhotoLibrary : NSObject
+ (PHAuthorizationStatus)authorizationStatusForAccessLevel:(PHAccessLevel)level;
+ (void)requestAuthorizationForAccessLevel:(PHAccessLevel)level handler:(void (^)(PHAuthorizationStatus))handler;
+ (PHPhotoLibrary *)sharedPhotoLibrary;
- (NSError *)unavailabilityReason;
- (BOOL)performChangesAndWait:(void (^)(void))block error:(NSError **)error;
- (PHPersistentChangeToken *)currentChangeToken;
// Of macOS 27.
- (void)registerPersistentChangesObserver:(id<PHPhotoLibraryPersistentChangesObserver>)observer;
- (PHPersistentChangeFetchResult *)fetchPersistentChangesSinceToken:(PHPersistentChangeToken *)token
                                                              error:(NSError **)error;
@end

// Of macOS 27.
@protocol PHPhotoLibraryPersistentChangesObserver <NSObject>
- (void)photoLibraryPersistentChangesDidUpdate:(PHPhotoLibrary *)library;
@end
