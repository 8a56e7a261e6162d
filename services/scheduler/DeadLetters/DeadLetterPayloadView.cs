using System.Text.Unicode;
using System.Text;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>The line, or the message's body, exactly as it was.</summary>
/// <param name="Text">Null when it is not UTF-8.</param>
/// <param name="Base64">What is not UTF-8.</param>
internal sealed record DeadLetterPayloadView(string? Text, string? Base64)
{
    public static DeadLetterPayloadView Of(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes)
        ? new(Encoding.UTF8.GetString(bytes), null)
        : new(null, Convert.ToBase64String(bytes));
}
