namespace Sluice.Streaming.Responses;

/// <summary>What a round of takeovers did.</summary>
/// <param name="Continued">Responses that go on here.</param>
/// <param name="Ended">Responses that got an error event.</param>
internal readonly record struct TakeoverCount(int Continued, int Ended)
{
    public static TakeoverCount operator +(TakeoverCount left, TakeoverCount right) =>
        new(left.Continued + right.Continued, left.Ended + right.Ended);
}
