#!/usr/bin/env python3
"""Holds what photos.h declares against pyobjc's metadata of the framework Photos, which was read from Apple's headers:
numbers by their names, and for each selector where it has a BOOL, a block or a place for an answer.

Usage: types.py photos.h _metadata.py"""

import re
import sys
import types

# Of macOS 27, which pyobjc 12.2 does not know: answer and arguments as PHAsset.h, PHAssetExtendedMetadata.h, PHFetchOptions.h,
# PHAssetResource.h, PHAssetChangeRequest.h and PHPhotoLibrary.h of Xcode 27 have them. A property is its getter and its setter.
NEWER = {
    ("PHAsset", "rating"): ("PHAssetRating", []),
    ("PHAsset", "extendedMetadata"): ("PHAssetExtendedMetadata *", []),
    ("PHAssetExtendedMetadata", "caption"): ("NSString *", []),
    ("PHAssetExtendedMetadata", "originalFilename"): ("NSString *", []),
    ("PHAssetExtendedMetadata", "keywords"): ("NSArray *", []),
    ("PHFetchOptions", "setPrefetchAssetExtendedMetadata:"): ("void", ["BOOL"]),
    ("PHAssetResource", "filename"): ("NSString *", []),
    ("PHAssetResource", "dataSize"): ("NSNumber *", []),
    ("PHAssetChangeRequest", "setCaption:"): ("void", ["NSString *"]),
    ("PHAssetChangeRequest", "addKeyword:"): ("void", ["NSString *"]),
    ("PHAssetChangeRequest", "setRating:"): ("void", ["PHAssetRating"]),
    ("PHPhotoLibrary", "registerPersistentChangesObserver:"): (
        "void",
        ["id<PHPhotoLibraryPersistentChangesObserver>"],
    ),
}

header, metadata = (open(path).read() for path in sys.argv[1:])


def apples():
    """The selectors and numbers that the metadata registers when Python imports it."""
    selectors = {}
    objc = types.ModuleType("objc")
    objc.arch = "arm64"
    objc.registerMetaDataForSelector = lambda kind, name, told: selectors.update({(kind.decode(), name.decode()): told})
    objc.__getattr__ = lambda name: lambda *given, **named: None
    sys.modules["objc"] = objc
    names = {}
    exec(metadata, names)
    numbers = dict(pair.split("@") for pair in names["enums"].strip("$").split("$") if "@" in pair)
    return selectors, numbers


def declared():
    """Each method of the header: class, selector, and the types of its answer and its arguments."""
    for interface in re.finditer(r"@interface (\w+) : .*?@end", header, re.S):
        for method in re.finditer(r"^[-+] (\(.*?);", interface.group(0), re.S | re.M):
            parts = re.findall(r"(?:(\w+:?)\s*)?\(((?:[^()]|\([^()]*\))*)\)", " ".join(method.group(1).split()))
            text = re.sub(r"\((?:[^()]|\([^()]*\))*\)", " ", method.group(1))
            named = re.findall(r"(\w+):", text)
            selector = ":".join(named) + ":" if named else text.split()[0]
            yield interface.group(1), selector, parts[0][1], [kind for _, kind in parts[1:]]


def kind(told):
    """BOOL, block, out or other, as the metadata tells it."""
    if "callable" in told:
        return "block"
    if told.get("type_modifier") in (b"o", "o"):
        return "out"
    return "BOOL" if told.get("type") in (b"Z", "Z") else "other"


def own(written):
    if "(^)" in written:
        return "block"
    if written.endswith("**"):
        return "out"
    return "BOOL" if written == "BOOL" else "other"


selectors, numbers = apples()
wrong, compared = [], 0
for name, value in re.findall(r"\b(PH\w+) = (-?\d+)", header):
    compared += 1
    if numbers.get(name) != value:
        wrong.append(f"{name} is {value}, and Apple's is {numbers.get(name)}")
total = 0
for place, selector, answer, arguments in declared():
    total += 1
    told = selectors.get((place, selector))
    newer = NEWER.pop((place, selector), None)
    if newer and told is not None:
        wrong.append(f"pyobjc knows {place} {selector} by now: it need not stand in NEWER")
    elif newer:
        if newer != (answer, arguments):
            wrong.append(f"{place} {selector} has {answer} and {arguments}, and Apple's {newer}")
        continue
    elif told is None:
        # Where nothing is told, nothing is a BOOL, a block or a place for an answer.
        told = {}
    told_arguments = told.get("arguments", {})
    kinds = [kind(told.get("retval", {}))] + [kind(told_arguments.get(at + 2, {})) for at in range(len(arguments))]
    ours = [own(answer)] + [own(argument) for argument in arguments]
    is_private = (place, selector) in {
        ("PHAsset", "participatesInLibraryScope"),
        ("PHAssetResource", "isLocallyAvailable"),
    }
    if kinds != ours and not is_private:
        wrong.append(f"{place} {selector} has {ours}, and Apple's {kinds}")
wrong += [f"nothing declares {place} {selector}" for place, selector in NEWER]
for line in wrong:
    print(line)
print(f"types: {compared} numbers and {total} selectors against Apple's, {len(wrong)} differ")
sys.exit(bool(wrong))
