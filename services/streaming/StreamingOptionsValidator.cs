using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.Streaming;

internal sealed class StreamingOptionsValidator : IValidateOptions<StreamingOptions>
{
    public ValidateOptionsResult Validate(string? name, StreamingOptions options)
    {
        var errors = new List<string>();
        if (ListenerExtensions.RefuseListenerUrl(options.Http2Url, ListenerKind.Http2) is { } refusal)
        {
            errors.Add($"Streaming:Http2Url {refusal}");
        }

        if (options.LowWaterMark >= options.HighWaterMark)
        {
            errors.Add("Streaming:LowWaterMark must be less than Streaming:HighWaterMark.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
