using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.Gateway;

internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options) =>
        ListenerExtensions.RefuseListenerUrl(options.PublicUrl, ListenerKind.Public) is { } refusal
            ? ValidateOptionsResult.Fail($"Gateway:PublicUrl {refusal}")
            : ValidateOptionsResult.Success;
}
