using System.Buffers;

namespace Sluice.Inference.Responses;

/// <summary>Writes <c>response_format</c>; plain text is what servers give unasked.</summary>
internal static class ChatFormat
{
    public static void Write(IBufferWriter<byte> output, JsonField format)
    {
        if (format["type"].Text == "json_object")
        {
            output.Write(",\"response_format\":{\"type\":\"json_object\"}"u8);
        }
        else if (format["type"].Text == "json_schema")
        {
            output.Write(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"u8);
            output.Write(format["name"].Raw);
            foreach (var name in (ReadOnlySpan<string>)["description", "schema", "strict"])
            {
                ChatBody.WriteField(output, name, format[name]);
            }

            output.Write("}}"u8);
        }
    }
}
