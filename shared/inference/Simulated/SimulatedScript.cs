using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;

namespace Sluice.Inference.Simulated;

/// <summary>
/// What the simulated model does for one request, a pure function of it. A last user message that starts with
/// <c>@sim</c> gives directives, separated by spaces; words that are none are ignored but are part of the message. A
/// directive whose number is out of range refuses the request.
/// </summary>
internal sealed class SimulatedScript
{
    private const int MaxTokens = 100_000;
    private const int MaxDelayMs = 600_000;
    private const int StackBytes = 1_024;

    public SimulatedMode Mode { get; private set; }

    /// <summary>
    /// Tokens of the answer, those before <see cref="Start"/> too; at most 100,000, already cut to the request's limit.
    /// </summary>
    public int Tokens { get; private set; } = -1;

    /// <summary>First token to emit: those before it were sent along as the answer's start.</summary>
    public int Start { get; private set; }

    /// <summary>Tokens of the uncut answer.</summary>
    public int Pieces { get; private set; }

    /// <summary>The request's token limit cut the answer: it ends with <c>length</c>.</summary>
    public bool IsCut { get; private set; }

    public TimeSpan Delay { get; private set; }

    public TimeSpan First { get; private set; }

    /// <summary>Status to refuse with, 400 to 599; 0 for none.</summary>
    public int Status { get; private set; }

    /// <summary>The refusal says that the quota is used up.</summary>
    public bool IsQuota { get; private set; }

    /// <summary>How many calls with the message are refused.</summary>
    public int Times { get; private set; } = 1;

    /// <summary>Tokens after which the connection is reset; -1 for never.</summary>
    public int FailAfter { get; private set; } = -1;

    /// <summary>What is wrong with a directive's number, which refuses the request; null for nothing.</summary>
    public string? OutOfRange { get; private set; }

    /// <summary>SHA-256 of the UTF-8 message; empty unless a directive needs it.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>Varies the readable text from message to message.</summary>
    public int Seed { get; private set; }

    public static SimulatedScript Of(ChatRequest request)
    {
        var content = request.LastUserContent.Span;
        var rented = content.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(content.Length) : null;
        try
        {
            var message = SimulatedMessage.Decode(content, rented ?? stackalloc byte[StackBytes]);
            return Of(message, request.AssistantPrefix.Span, request.MaxTokens);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>The first text may give <c>first_ms</c>, <c>status</c> and <c>times</c>.</summary>
    public static SimulatedScript Of(EmbeddingRequest request) =>
        Of(SimulatedEmbeddings.FirstText(request, new byte[request.Input.Length]), [], null);

    internal static SimulatedScript Of(ReadOnlySpan<byte> message, ReadOnlySpan<byte> prefix, int? maxTokens)
    {
        var script = new SimulatedScript();
        var directives = Directives(message);
        foreach (var word in directives.Split((byte)' '))
        {
            script.Apply(directives[word]);
        }

        if (script.Mode == SimulatedMode.Hash || script.Status != 0)
        {
            script.Hash = SHA256.HashData(message);
        }

        foreach (var value in message)
        {
            script.Seed = unchecked((script.Seed * 31) + value) & 0xFFFF;
        }

        script.Complete(prefix, maxTokens);
        return script;
    }

    private static ReadOnlySpan<byte> Directives(ReadOnlySpan<byte> message)
    {
        var start = "@sim"u8;
        return message.StartsWith(start) && (message.Length == start.Length || message[start.Length] == ' ')
            ? message[start.Length..]
            : [];
    }

    private void Complete(ReadOnlySpan<byte> prefix, int? maxTokens)
    {
        if (Tokens < 0)
        {
            Tokens = SimulatedTokens.DefaultCount(Mode);
        }

        if (Mode == SimulatedMode.Hash)
        {
            // The answer stays the hash: more pieces than it has characters are not possible.
            Tokens = Math.Min(Tokens, SimulatedTokens.HashCharacters);
        }

        Pieces = Tokens;
        Start = prefix.IsEmpty ? 0 : TokensOf(prefix);
        if (maxTokens < Tokens - Start)
        {
            Tokens = Start + maxTokens.Value;
            IsCut = true;
        }
    }

    /// <summary>How many tokens of the answer make up a message; 0 when it is not the answer's start.</summary>
    private int TokensOf(ReadOnlySpan<byte> content)
    {
        var decoded = new byte[content.Length];
        var rest = SimulatedMessage.Decode(content, decoded);
        Span<byte> token = stackalloc byte[SimulatedTokens.MaxBytes];
        for (var index = 0; index < Tokens; index++)
        {
            var length = SimulatedTokens.Write(this, index, 0, token);
            if (!rest.StartsWith(token[..length]))
            {
                return 0;
            }

            rest = rest[length..];
            if (rest.IsEmpty)
            {
                return index + 1;
            }
        }

        return 0;
    }

    private void Apply(ReadOnlySpan<byte> word)
    {
        var equals = word.IndexOf((byte)'=');
        if (equals < 0)
        {
            IsQuota |= word.SequenceEqual("quota"u8);
            Mode = word.SequenceEqual("hash"u8) ? SimulatedMode.Hash
                : word.SequenceEqual("count"u8) ? SimulatedMode.Count
                : word.SequenceEqual("stamp"u8) ? SimulatedMode.Stamp
                : Mode;
            return;
        }

        var digits = word[(equals + 1)..] is [(byte)'-', .. var negated] ? negated : word[(equals + 1)..];
        if (!digits.IsEmpty && digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0)
        {
            Apply(word[..equals], word[(equals + 1)..]);
        }
    }

    private void Apply(ReadOnlySpan<byte> key, ReadOnlySpan<byte> number)
    {
        if (key.SequenceEqual("tokens"u8))
        {
            Tokens = Within(1, MaxTokens, key, number) ?? Tokens;
        }
        else if (key.SequenceEqual("delay_ms"u8))
        {
            Delay = TimeSpan.FromMilliseconds(Within(0, MaxDelayMs, key, number) ?? 0);
        }
        else if (key.SequenceEqual("first_ms"u8))
        {
            First = TimeSpan.FromMilliseconds(Within(0, MaxDelayMs, key, number) ?? 0);
        }
        else if (key.SequenceEqual("status"u8))
        {
            Status = Within(400, 599, key, number) ?? 0;
        }
        else if (key.SequenceEqual("times"u8))
        {
            Times = Within(0, int.MaxValue, key, number) ?? 0;
        }
        else if (key.SequenceEqual("fail_after"u8))
        {
            FailAfter = Within(0, int.MaxValue, key, number) ?? -1;
        }
    }

    /// <summary>The number; null when it is out of range, which refuses the request.</summary>
    private int? Within(int min, int max, ReadOnlySpan<byte> key, ReadOnlySpan<byte> number)
    {
        if (Utf8Parser.TryParse(number, out int value, out var used) && used == number.Length
            && value >= min && value <= max)
        {
            return value;
        }

        OutOfRange ??= string.Create(
            CultureInfo.InvariantCulture,
            $"The directive '{Encoding.UTF8.GetString(key)}' must be from {min:N0} to {max:N0}.");
        return null;
    }
}
