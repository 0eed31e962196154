// What GNUstep's Foundation lacks of what is called.
#import <Foundation/Foundation.h>

@interface NSURL (Fake)
@end
@implementation NSURL (Fake)
- (id)initFileURLWithFileSystemRepresentation:(const char *)path isDirectory:(BOOL)is_directory relativeToURL:(NSURL *)base {
    return [self initFileURLWithPath:[NSString stringWithUTF8String:path] isDirectory:is_directory];
}
@end

@interface NSKeyedArchiver (Fake)
@end
@implementation NSKeyedArchiver (Fake)
+ (NSData *)archivedDataWithRootObject:(id)root requiringSecureCoding:(BOOL)secure error:(NSError **)error {
    NSMutableData *data = [NSMutableData data];
    NSKeyedArchiver *archiver = [[[NSKeyedArchiver alloc] initForWritingWithMutableData:data] autorelease];
    [archiver encodeObject:root forKey:@"root"];
    [archiver finishEncoding];
    return data;
}
@end

@interface NSKeyedUnarchiver (Fake)
@end
@implementation NSKeyedUnarchiver (Fake)
+ (id)unarchivedObjectOfClass:(Class)wanted fromData:(NSData *)data error:(NSError **)error {
    @try {
        NSKeyedUnarchiver *archive = [[[NSKeyedUnarchiver alloc] initForReadingWithData:data] autorelease];
        id root = [archive decodeObjectForKey:@"root"];
        if ([root isKindOfClass:wanted]) return root;
    } @catch (NSException *broken) {
    }
    *error = [NSError errorWithDomain:@"NSCocoaErrorDomain" code:4864 userInfo:nil];
    return nil;
}
@end
