// Asks the library behind the fake.
#import "store.h"

struct store store;

static NSDictionary *parsed(const char *json) {
    NSData *data = [NSData dataWithBytes:json length:strlen(json)];
    return [NSJSONSerialization JSONObjectWithData:data options:0 error:NULL];
}

static NSError *error_in(NSDictionary *told) {
    NSString *text = [told objectForKey:@"text"];
    return [NSError errorWithDomain:[told objectForKey:@"domain"]
                               code:[[told objectForKey:@"code"] longLongValue]
                           userInfo:[NSDictionary dictionaryWithObject:text forKey:NSLocalizedDescriptionKey]];
}

NSError *error_of(const char *json) { return error_in(parsed(json)); }

// Foundation's first steps are made here, by one thread, before many go on.
void fake_photos_serve(const struct store *rust) {
    NSAutoreleasePool *pool = [NSAutoreleasePool new];
    store = *rust;
    GSRegisterCurrentThread();
    [NSJSONSerialization dataWithJSONObject:[NSArray arrayWithObject:@"words"] options:0 error:NULL];
    error_of("{\"domain\": \"ä\", \"code\": 1, \"text\": \"\"}");
    @try {
        [NSException raise:NSGenericException format:@"%@", @"words"];
    } @catch (NSException *raised) {
        [NSSet setWithObject:[raised reason]];
    }
    [pool release];
}

id ask(NSString *what, NSArray *arguments, NSError **error) {
    NSData *json = [NSJSONSerialization dataWithJSONObject:arguments options:0 error:NULL];
    NSString *text = [[[NSString alloc] initWithData:json encoding:NSUTF8StringEncoding] autorelease];
    char *said = store.ask([what UTF8String], [text UTF8String]);
    NSDictionary *answer = parsed(said);
    store.forget(said);
    NSDictionary *failed = [answer objectForKey:@"error"];
    if (failed) {
        BOOL was_raised = [[failed objectForKey:@"domain"] isEqual:@"Objective-C exception"];
        if (was_raised || !error) [NSException raise:NSGenericException format:@"%@", [failed objectForKey:@"text"]];
        *error = error_in(failed);
        return nil;
    }
    id told = [answer objectForKey:@"ok"];
    return told == [NSNull null] ? nil : told;
}

BOOL macos(int version) { return [ask(@"macos", [NSArray array], NULL) intValue] >= version; }
