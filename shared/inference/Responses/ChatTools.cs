using System.Buffers;

namespace Sluice.Inference.Responses;

/// <summary>Writes <c>tools</c> and what goes with them, in the nested shape of chat completions.</summary>
internal static class ChatTools
{
    /// <summary>Nothing at all without tools: servers refuse a choice among none.</summary>
    public static void Write(IBufferWriter<byte> output, JsonField root)
    {
        var tools = root["tools"].Elements().ToList();
        if (tools.Count == 0)
        {
            return;
        }

        output.Write(",\"tools\":["u8);
        WriteTools(output, tools);
        output.Write("]"u8);
        ChatBody.WriteField(output, "parallel_tool_calls", root["parallel_tool_calls"]);
        WriteChoice(output, root["tool_choice"]);
    }

    private static void WriteTools(IBufferWriter<byte> output, List<JsonField> tools)
    {
        for (var index = 0; index < tools.Count; index++)
        {
            output.Write(index == 0 ? "{\"type\":\"function\",\"function\":{\"name\":"u8
                : ",{\"type\":\"function\",\"function\":{\"name\":"u8);
            output.Write(tools[index]["name"].Raw);
            foreach (var name in (ReadOnlySpan<string>)["description", "parameters", "strict"])
            {
                ChatBody.WriteField(output, name, tools[index][name]);
            }

            output.Write("}}"u8);
        }
    }

    private static void WriteChoice(IBufferWriter<byte> output, JsonField choice)
    {
        switch (choice["type"].Text)
        {
            case "function":
                output.Write(",\"tool_choice\":"u8);
                WriteFunction(output, choice);
                break;
            case "allowed_tools":
                output.Write(",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":"u8);
                output.Write(choice["mode"].Raw);
                output.Write(",\"tools\":["u8);
                foreach (var (index, tool) in choice["tools"].Elements().Index())
                {
                    output.Write(index == 0 ? ""u8 : ","u8);
                    WriteFunction(output, tool);
                }

                output.Write("]}}"u8);
                break;
            default:
                ChatBody.WriteField(output, "tool_choice", choice);
                break;
        }
    }

    private static void WriteFunction(IBufferWriter<byte> output, JsonField function)
    {
        output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
        output.Write(function["name"].Raw);
        output.Write("}}"u8);
    }
}
