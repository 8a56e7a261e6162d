using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.Streaming;

internal sealed class StreamingOptionsValidator : IValidateOptions<StreamingOptions>
{
    public ValidateOptionsResult Validate(string? name, StreamingOptions options) =>
        ListenerExtensions.RefuseListenerUrl(options.Http2Url, ListenerKind.Http2) is { } refusal
            ? ValidateOptionsResult.Fail($"Streaming:Http2Url {refusal}")
            : ValidateOptionsResult.Success;
}
