using System.Buffers;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// Writes the <c>content</c> of a chat message. One text is written as a plain string, which every server takes; a list
/// of parts only where it is needed.
/// </summary>
internal static class ChatContent
{
    /// <param name="output">Where to.</param>
    /// <param name="content">A string or an array of checked parts.</param>
    public static void Write(IBufferWriter<byte> output, JsonField content)
    {
        if (content.Value.ValueKind == JsonValueKind.String)
        {
            WriteText(output, content);
            return;
        }

        var parts = content.Elements().ToList();
        if (parts is [var only] && !only["text"].IsMissing)
        {
            WriteText(output, only["text"]);
            return;
        }

        WriteList(output, parts, WritePart);
    }

    /// <summary>The texts of an assistant message: null, one string, or a list of parts.</summary>
    public static void WriteTexts(IBufferWriter<byte> output, List<JsonField> texts)
    {
        switch (texts)
        {
            case []:
                output.Write("null"u8);
                break;
            case [var only]:
                WriteText(output, only);
                break;
            default:
                WriteList(output, texts, WriteTextPart);
                break;
        }
    }

    public static void WriteText(IBufferWriter<byte> output, JsonField text)
    {
        output.Write("\""u8);
        JsonSurrogates.WriteReplaced(output, text.Raw[1..^1]);
        output.Write("\""u8);
    }

    private static void WriteList(
        IBufferWriter<byte> output, List<JsonField> fields, Action<IBufferWriter<byte>, JsonField> write)
    {
        output.Write("["u8);
        for (var index = 0; index < fields.Count; index++)
        {
            output.Write(index == 0 ? ""u8 : ","u8);
            write(output, fields[index]);
        }

        output.Write("]"u8);
    }

    private static void WritePart(IBufferWriter<byte> output, JsonField part)
    {
        switch (part["type"].Text)
        {
            case "input_image":
                output.Write("{\"type\":\"image_url\",\"image_url\":{\"url\":"u8);
                output.Write(part["image_url"].Raw);
                ChatBody.WriteField(output, "detail", part["detail"]);
                output.Write("}}"u8);
                break;
            case "input_file":
                WriteFile(output, part);
                break;
            default:
                WriteTextPart(output, part["text"]);
                break;
        }
    }

    private static void WriteFile(IBufferWriter<byte> output, JsonField part)
    {
        output.Write("{\"type\":\"file\",\"file\":{"u8);
        var isFirst = true;
        foreach (var name in (ReadOnlySpan<string>)["file_id", "filename", "file_data"])
        {
            if (!part[name].IsMissing)
            {
                output.Write(isFirst ? ""u8 : ","u8);
                output.WriteQuoted(RawJson.Escape(name));
                output.Write(":"u8);
                output.Write(part[name].Raw);
                isFirst = false;
            }
        }

        output.Write("}}"u8);
    }

    private static void WriteTextPart(IBufferWriter<byte> output, JsonField text)
    {
        output.Write("{\"type\":\"text\",\"text\":"u8);
        WriteText(output, text);
        output.Write("}"u8);
    }
}
