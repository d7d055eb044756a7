// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Named volumes: the driver protocol, the local driver, copy-up from the image, subpaths and idmapped binds. WharfEngine
// asks it for mounts while a container starts; who holds a volume is a row in WharfMetadata, never an object.
//
// The room is empty: until the Volumes work a bind of a host folder is all there is, and a named volume is refused.
