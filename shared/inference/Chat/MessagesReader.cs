using System.Text.Json;

namespace Sluice.Inference.Chat;

/// <summary>Checks <c>messages</c> and remembers where the last user message's content stands in the body.</summary>
internal static class MessagesReader
{
    private enum Role
    {
        Missing,
        User,

        /// <summary>May have no content: calls of tools, a refusal or audio in its place.</summary>
        Assistant,

        /// <summary>The others whose content is what they are for: system, developer, tool.</summary>
        Input,

        /// <summary>Unknown here, and for the provider to judge.</summary>
        Other,
    }

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

        var role = Role.Missing;
        var content = 0..0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ChatRequestError? error = null;
            if (reader.ValueTextEquals("role"u8))
            {
                reader.Read();
                error = ReadRole(ref reader, fields, out role);
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

        if (role == Role.User)
        {
            fields.LastUserContent = content;
        }

        fields.AssistantPrefix = role == Role.Assistant ? content : 0..0;
        fields.MessageBytes += content.End.Value - content.Start.Value;
        return role switch
        {
            Role.Missing => new($"'{Path(fields)}.role' is required.", $"{Path(fields)}.role"),
            Role.User or Role.Input when content.End.Value == 0 => new(
                $"'{Path(fields)}.content' is required and must not be null.", $"{Path(fields)}.content"),
            _ => null,
        };
    }

    private static ChatRequestError? ReadRole(ref Utf8JsonReader reader, ChatRequestFields fields, out Role role)
    {
        role = Role.Missing;
        if (reader.TokenType != JsonTokenType.String)
        {
            return BodyReader.Require(ref reader, $"{Path(fields)}.role", JsonKinds.String);
        }

        if (reader.ValueSpan.IsEmpty)
        {
            return new($"'{Path(fields)}.role' must not be empty.", $"{Path(fields)}.role");
        }

        if (!JsonText.IsText(ref reader))
        {
            return NotUnicode($"{Path(fields)}.role");
        }

        role = reader.ValueTextEquals("user"u8) ? Role.User
            : reader.ValueTextEquals("assistant"u8) ? Role.Assistant
            : reader.ValueTextEquals("system"u8) || reader.ValueTextEquals("developer"u8)
                || reader.ValueTextEquals("tool"u8) ? Role.Input
            : Role.Other;
        return null;
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
