// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the Engine API's description says about answers that have to do with images. Written by Tests/Description/write.py.

extension EngineDescription {
    /// API 1.56: images, distribution, auth, commit and disk usage.
    public static let images = EngineDescription(
        """
        GET /images/json 200: [ImageSummary]
        GET /images/{name}/json 200: ImageInspect
        GET /images/{name}/history 200: [ImageHistoryResponseItem]
        DELETE /images/{name} 200: [ImageDeleteResponseItem]
        GET /images/search 200: [ImageSearchResponseItem]
        POST /images/prune 200: ImagePruneResponse
        POST /auth 200: AuthResponse
        POST /commit 201: IDResponse
        GET /system/df 200: SystemDataUsageResponse
        GET /distribution/{name}/json 200: DistributionInspect
        ImageSummary { Id*: string, ParentId*: string, RepoTags*: [string], RepoDigests*: [string], Created*: integer, Size*:
            integer, SharedSize*: integer, Labels*: {string}, Containers*: integer, Manifests: [ImageManifestSummary], Descriptor:
            OCIDescriptor? }
        ImageManifestSummary { ID*: string, Descriptor*: OCIDescriptor?, Available*: boolean, Size*: ImageManifestSummarySize,
            Kind*: string(image|attestation|unknown), ImageData: ImageManifestSummaryImageData?, AttestationData:
            ImageManifestSummaryAttestationData? }
        OCIDescriptor { mediaType: string, digest: string, size: integer, urls: [string]?, annotations: {string}?, data: string?,
            platform: OCIPlatform?, artifactType: string? }
        OCIPlatform { architecture: string, os: string, os.version: string, os.features: [string]?, variant: string }
        ImageManifestSummarySize { Total*: integer, Content*: integer }
        ImageManifestSummaryImageData { Platform*: OCIPlatform?, Identity: any, Containers*: [string]?, Size*:
            ImageManifestSummaryImageDataSize }
        ImageManifestSummaryImageDataSize { Unpacked*: integer }
        ImageManifestSummaryAttestationData { For*: string }
        ImageInspect { Id: string, Descriptor: OCIDescriptor?, Manifests: [ImageManifestSummary]?, Identity: any, RepoTags:
            [string]?, RepoDigests: [string]?, Comment: string?, Created: string?, Author: string?, Config: ImageConfig?,
            Architecture: string, Variant: string?, Os: string, OsVersion: string?, Size: integer, GraphDriver: DriverData?,
            RootFS: ImageInspectRootFS?, Metadata: ImageInspectMetadata? }
        ImageConfig { User: string, ExposedPorts: {{any}}?, Env: [string]?, Cmd: [string]?, Healthcheck: HealthConfig?,
            ArgsEscaped: boolean?, Volumes: {{any}}?, WorkingDir: string, Entrypoint: [string]?, OnBuild: [string]?, Labels:
            {string}?, StopSignal: string?, Shell: [string]? }
        HealthConfig { Test: [string]?, Interval: integer, Timeout: integer, Retries: integer, StartPeriod: integer,
            StartInterval: integer }
        DriverData { Name*: string, Data*: {string} }
        ImageInspectRootFS { Type*: string, Layers: [string]? }
        ImageInspectMetadata { LastTagTime: string? }
        ImageHistoryResponseItem { Id*: string, Created*: integer, CreatedBy*: string, Tags*: [string]?, Size*: integer, Comment*:
            string }
        ImageDeleteResponseItem { Untagged: string, Deleted: string }
        ImageSearchResponseItem { description: string, is_official: boolean, is_automated: boolean, name: string, star_count:
            integer }
        ImagePruneResponse { ImagesDeleted: [ImageDeleteResponseItem]?, SpaceReclaimed: integer }
        AuthResponse { Status*: string, IdentityToken: string }
        IDResponse { Id*: string }
        SystemDataUsageResponse { ImageUsage: ImagesDiskUsage?, ContainerUsage: ContainersDiskUsage?, VolumeUsage:
            VolumesDiskUsage?, BuildCacheUsage: BuildCacheDiskUsage? }
        ImagesDiskUsage { ActiveCount: integer, TotalCount: integer, Reclaimable: integer, TotalSize: integer, Items: [any]? }
        ContainersDiskUsage { ActiveCount: integer, TotalCount: integer, Reclaimable: integer, TotalSize: integer, Items: [any]? }
        VolumesDiskUsage { ActiveCount: integer, TotalCount: integer, Reclaimable: integer, TotalSize: integer, Items: [any]? }
        BuildCacheDiskUsage { ActiveCount: integer, TotalCount: integer, Reclaimable: integer, TotalSize: integer, Items: [any]? }
        DistributionInspect { Descriptor*: OCIDescriptor?, Platforms*: [OCIPlatform]? }
        CreateImageInfo { id: string, errorDetail: ErrorDetail?, status: string, progressDetail: ProgressDetail? }
        ErrorDetail { code: integer, message: string }
        ProgressDetail { current: integer, total: integer }
        PushImageInfo { errorDetail: ErrorDetail?, status: string, progressDetail: ProgressDetail? }
        ErrorResponse { message*: string }
        """)
}
