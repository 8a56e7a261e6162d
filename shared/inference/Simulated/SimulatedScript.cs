using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;

namespace Sluice.Inference.Simulated;

/// <summary>
/// What the simulated model does for one request, a pure function of it. A last user message that starts with
/// <c>@sim</c> gives directives, separated by spaces; words that are none are ignored but are part of the message.
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

        if (Utf8Parser.TryParse(word[(equals + 1)..], out int value, out var used) && used == word.Length - equals - 1)
        {
            Apply(word[..equals], value);
        }
    }

    private void Apply(ReadOnlySpan<byte> key, int value)
    {
        if (key.SequenceEqual("tokens"u8) && value is >= 1 and <= MaxTokens)
        {
            Tokens = value;
        }
        else if (key.SequenceEqual("delay_ms"u8) && value is >= 0 and <= MaxDelayMs)
        {
            Delay = TimeSpan.FromMilliseconds(value);
        }
        else if (key.SequenceEqual("first_ms"u8) && value is >= 0 and <= MaxDelayMs)
        {
            First = TimeSpan.FromMilliseconds(value);
        }
        else if (key.SequenceEqual("status"u8) && value is >= 400 and <= 599)
        {
            Status = value;
        }
        else if (key.SequenceEqual("times"u8) && value >= 0)
        {
            Times = value;
        }
        else if (key.SequenceEqual("fail_after"u8) && value >= 0)
        {
            FailAfter = value;
        }
    }
}
