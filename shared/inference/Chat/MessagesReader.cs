using System.Text.Json;

namespace Sluice.Inference.Chat;

/// <summary>Checks <c>messages</c> and remembers where the last user message's content stands in the body.</summary>
internal static class MessagesReader
{
    public static ChatRequestError? Read(ref Utf8JsonReader reader, ChatRequestFields fields)
    {
        if (BodyReader.Require(ref reader, "messages", JsonKinds.Array) is { } error)
        {
            return error;
        }

        fields.HasMessages = true;
        fields.MessageCount = 0;
        fields.MessageBytes = 0;
        fields.LastUserContent = 0..0;
        fields.AssistantPrefix = 0..0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (ReadMessage(ref reader, fields) is { } refused)
            {
                return refused;
            }

            fields.MessageCount++;
        }

        return fields.MessageCount == 0 ? new("'messages' must not be empty.", "messages") : null;
    }

    private static ChatRequestError? ReadMessage(ref Utf8JsonReader reader, ChatRequestFields fields)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return BodyReader.Require(ref reader, Path(fields), JsonKinds.Object);
        }

        var hasRole = false;
        var (isUser, isAssistant) = (false, false);
        var content = 0..0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ChatRequestError? error = null;
            if (reader.ValueTextEquals("role"u8))
            {
                reader.Read();
                error = ReadRole(ref reader, fields);
                hasRole = true;
                isUser = error is null && reader.ValueTextEquals("user"u8);
                isAssistant = error is null && reader.ValueTextEquals("assistant"u8);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                error = ReadContent(ref reader, fields, out content);
            }
            else
            {
                reader.Skip();
            }

            if (error is not null)
            {
                return error;
            }
        }

        if (isUser)
        {
            fields.LastUserContent = content;
        }

        fields.AssistantPrefix = isAssistant ? content : 0..0;
        fields.MessageBytes += content.End.Value - content.Start.Value;
        return hasRole ? null : new($"'{Path(fields)}.role' is required.", $"{Path(fields)}.role");
    }

    private static ChatRequestError? ReadRole(ref Utf8JsonReader reader, ChatRequestFields fields)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return BodyReader.Require(ref reader, $"{Path(fields)}.role", JsonKinds.String);
        }

        return reader.ValueSpan.IsEmpty ? new($"'{Path(fields)}.role' must not be empty.", $"{Path(fields)}.role")
            : !JsonText.IsText(ref reader) ? NotUnicode($"{Path(fields)}.role")
            : null;
    }

    private static ChatRequestError? ReadContent(ref Utf8JsonReader reader, ChatRequestFields fields, out Range content)
    {
        var start = (int)reader.TokenStartIndex;
        content = 0..0;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                content = start..(int)reader.BytesConsumed;
                return JsonText.IsText(ref reader) ? null : NotUnicode($"{Path(fields)}.content");
            case JsonTokenType.StartArray:
                var error = ReadParts(ref reader, fields);
                content = start..(int)reader.BytesConsumed;
                return error;
            default:
                return BodyReader.Require(
                    ref reader,
                    $"{Path(fields)}.content",
                    JsonKinds.String | JsonKinds.Array | JsonKinds.Null);
        }
    }

    private static ChatRequestError? ReadParts(ref Utf8JsonReader reader, ChatRequestFields fields)
    {
        for (var part = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return BodyReader.Require(ref reader, PartPath(fields, part), JsonKinds.Object);
            }

            if (ReadPart(ref reader, fields, part) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private static ChatRequestError? ReadPart(ref Utf8JsonReader reader, ChatRequestFields fields, int part)
    {
        var hasType = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isText = reader.ValueTextEquals("text"u8);
            reader.Read();
            if ((isType || isText) && reader.TokenType != JsonTokenType.String)
            {
                var name = $"{PartPath(fields, part)}.{(isType ? "type" : "text")}";
                return BodyReader.Require(ref reader, name, JsonKinds.String);
            }

            if (isText && !JsonText.IsText(ref reader))
            {
                return NotUnicode($"{PartPath(fields, part)}.text");
            }

            hasType |= isType;
            reader.Skip();
        }

        var path = $"{PartPath(fields, part)}.type";
        return hasType ? null : new($"'{path}' is required.", path);
    }

    private static ChatRequestError NotUnicode(string name) => new($"'{name}' is not valid Unicode text.", name);

    private static string Path(ChatRequestFields fields) => $"messages[{fields.MessageCount}]";

    private static string PartPath(ChatRequestFields fields, int part) => $"{Path(fields)}.content[{part}]";
}
