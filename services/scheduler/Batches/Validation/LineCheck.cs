using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// Checks one request line of an input file in a single pass of the JSON reader, with no document in memory: a million
/// lines a second. Whether the model exists and the body makes sense is for the run of the line to find out.
/// </summary>
internal static class LineCheck
{
    /// <summary>Longest custom_id in UTF-16 code units.</summary>
    public const int MaxCustomIdLength = 512;

    // Each code unit is at most a six-byte \uXXXX escape.
    private const int MaxCustomIdBytes = MaxCustomIdLength * 6;
    private const int MaxQuotedLength = 100;

    /// <summary>The rule for the lines of a batch of an endpoint.</summary>
    public static LineRule For(string endpoint) =>
        (ReadOnlySpan<byte> line, out UInt128 customId) => Check(line, endpoint, out customId);

    /// <summary>Null when the line is good; <paramref name="customId"/> is then its custom_id's hash.</summary>
    /// <param name="line">Without its line end; not blank.</param>
    /// <param name="endpoint">The batch's endpoint, which the line's url must equal.</param>
    /// <param name="customId">128 bits that stand for the custom_id.</param>
    public static LineProblem? Check(ReadOnlySpan<byte> line, string endpoint, out UInt128 customId)
    {
        customId = default;
        if (!Utf8.IsValid(line))
        {
            return new(LineErrorCode.InvalidUtf8, "The line is not valid UTF-8.");
        }

        var reader = new Utf8JsonReader(line);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                Finish(ref reader);
                return new(LineErrorCode.NotAnObject, $"The line is a JSON {Kind(reader.TokenType)}, not an object.");
            }

            var request = new RequestLine(endpoint);
            var problem = request.Read(ref reader);
            Finish(ref reader);
            customId = request.CustomId;
            return problem;
        }
        catch (JsonException e)
        {
            return new(LineErrorCode.InvalidJson, $"The line is not valid JSON at byte {e.BytePositionInLine}.");
        }
        catch (InvalidOperationException)
        {
            // Valid JSON, but no text: comparing such a name or value throws.
            return new(
                LineErrorCode.InvalidJson,
                $"The line has half of a surrogate pair in the name or text at byte {reader.TokenStartIndex}.");
        }
    }

    /// <summary>Malformed JSON behind the first problem is still malformed JSON.</summary>
    private static void Finish(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray or JsonTokenType.EndArray => "array",
        JsonTokenType.StartObject or JsonTokenType.EndObject => "object",
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.True or JsonTokenType.False => "boolean",
        _ => "null",
    };

    private ref struct RequestLine(string endpoint)
    {
        private bool _hasCustomId;
        private bool _hasMethod;
        private bool _hasUrl;
        private bool _hasBody;
        private bool _hasModel;
        private LineProblem? _problem;

        public UInt128 CustomId { get; private set; }

        /// <summary>Reads members until the object ends; the first problem in the order of the text wins.</summary>
        public LineProblem? Read(ref Utf8JsonReader reader)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("custom_id"u8))
                {
                    _hasCustomId = true;
                    reader.Read();
                    ReadCustomId(ref reader);
                }
                else if (reader.ValueTextEquals("method"u8))
                {
                    _hasMethod = true;
                    reader.Read();
                    Expect(ref reader, "method", "POST", LineErrorCode.InvalidMethod, "only POST is supported");
                }
                else if (reader.ValueTextEquals("url"u8))
                {
                    _hasUrl = true;
                    reader.Read();
                    Expect(
                        ref reader,
                        "url",
                        endpoint,
                        LineErrorCode.MismatchedUrl,
                        $"the batch's endpoint is {endpoint}");
                }
                else if (reader.ValueTextEquals("body"u8))
                {
                    _hasBody = true;
                    reader.Read();
                    ReadBody(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }

            return _problem ?? Missing();
        }

        private readonly LineProblem? Missing()
        {
            var field = !_hasCustomId ? "custom_id"
                : !_hasMethod ? "method"
                : !_hasUrl ? "url"
                : !_hasBody ? "body"
                : !_hasModel ? "body.model"
                : null;
            return field is null ? null : new(LineErrorCode.MissingField, $"'{field}' is missing.", field);
        }

        private void ReadCustomId(ref Utf8JsonReader reader)
        {
            if (!IsString(ref reader, "custom_id"))
            {
                return;
            }

            Span<byte> id = stackalloc byte[MaxCustomIdBytes];
            var length = 0;
            var chars = int.MaxValue;
            if (reader.ValueSpan.Length <= MaxCustomIdBytes)
            {
                try
                {
                    length = reader.CopyString(id);
                    chars = Encoding.UTF8.GetCharCount(id[..length]);
                }
                catch (InvalidOperationException)
                {
                    Report(new(
                        LineErrorCode.InvalidCustomId, "'custom_id' has half of a surrogate pair.", "custom_id"));
                    return;
                }
            }

            if (chars is 0 or > MaxCustomIdLength)
            {
                Report(new(
                    LineErrorCode.InvalidCustomId,
                    $"'custom_id' must have 1 to {MaxCustomIdLength} characters.",
                    "custom_id"));
                return;
            }

            CustomId = CustomIds.Hash(id[..length]);
        }

        private void ReadBody(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                Report(new(
                    LineErrorCode.InvalidType, $"'body' is a JSON {Kind(reader.TokenType)}, not an object.", "body"));
                reader.Skip();
                return;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("model"u8))
                {
                    _hasModel = true;
                    reader.Read();
                    IsString(ref reader, "body.model");
                }
                else if (reader.ValueTextEquals("stream"u8))
                {
                    reader.Read();
                    ReadStream(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        private void ReadStream(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.False or JsonTokenType.Null:
                    break;
                case JsonTokenType.True:
                    Report(new(
                        LineErrorCode.StreamNotSupported,
                        "'body.stream' is true; a batch cannot stream.",
                        "body.stream"));
                    break;
                default:
                    Report(new(
                        LineErrorCode.InvalidType,
                        $"'body.stream' is a JSON {Kind(reader.TokenType)}, not a boolean.",
                        "body.stream"));
                    reader.Skip();
                    break;
            }
        }

        private void Expect(ref Utf8JsonReader reader, string field, string expected, string code, string why)
        {
            if (IsString(ref reader, field) && !reader.ValueTextEquals(expected))
            {
                Report(new(code, $"'{field}' is '{Quoted(reader.ValueSpan)}'; {why}.", field));
            }
        }

        private bool IsString(ref Utf8JsonReader reader, string field)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                return true;
            }

            Report(new(
                LineErrorCode.InvalidType, $"'{field}' is a JSON {Kind(reader.TokenType)}, not a string.", field));
            reader.Skip();
            return false;
        }

        private void Report(LineProblem problem) => _problem ??= problem;

        private static string Quoted(ReadOnlySpan<byte> value)
        {
            var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, MaxQuotedLength * 4)]);
            return text.Length <= MaxQuotedLength ? text : string.Concat(text.AsSpan(0, MaxQuotedLength), "…");
        }
    }
}
