using Sluice.Inference.Options;

namespace Sluice.Streaming.Responses;

/// <summary>The header by which a request chooses what its stream survives.</summary>
internal static class RequestDurability
{
    private const string Header = "Sluice-Durability";

    public static Refusal Odd { get; } = Refusal.BadRequest(
        $"The header '{Header}' must be 'before-delivery' or 'none'.", Header);

    /// <summary>What the request says, else <paramref name="fallback"/>; false when it is none of the two.</summary>
    public static bool TryRead(HttpRequest request, StreamDurability fallback, out StreamDurability durability)
    {
        var text = request.Headers[Header].ToString();
        durability = text switch
        {
            "before-delivery" => StreamDurability.BeforeDelivery,
            "none" => StreamDurability.None,
            _ => fallback,
        };
        return text is "" or "before-delivery" or "none";
    }
}
