using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// Writes the response object. What the request decides is written once, compact, since each lifecycle event repeats
/// it.
/// </summary>
internal sealed class ResponseJson
{
    /// <summary>What is echoed, with what stands for an absent one; without such it is left out.</summary>
    private static readonly (string Name, string? Absent)[] s_echoes =
    [
        ("model", null),
        ("instructions", "null"),
        ("max_output_tokens", "null"),
        ("metadata", "{}"),
        ("parallel_tool_calls", "true"),
        ("previous_response_id", "null"),
        ("reasoning", """{"effort":null,"summary":null}"""),
        ("service_tier", "\"auto\""),
        ("temperature", "null"),
        ("tool_choice", "\"auto\""),
        ("tools", "[]"),
        ("top_logprobs", null),
        ("top_p", "null"),
        ("truncation", "\"disabled\""),
        ("user", "null"),
        ("prompt_cache_key", null),
        ("safety_identifier", null),
    ];

    private readonly byte[] _head;

    public ResponseJson(ResponsesRequest request, DateTimeOffset createdAt)
    {
        using var document = JsonDocument.Parse(request.Body);
        var root = new JsonField(document.RootElement, "");
        var head = new ArrayBufferWriter<byte>(512);
        head.Write("{\"id\":"u8);
        head.WriteQuoted(RawJson.Escape(request.Id));
        head.Write(",\"object\":\"response\",\"created_at\":"u8);
        head.WriteNumber(createdAt.ToUnixTimeSeconds());
        head.Write(request.Background ? ",\"background\":true"u8 : ",\"background\":false"u8);
        head.Write(request.Store ? ",\"store\":true"u8 : ",\"store\":false"u8);
        foreach (var (name, absent) in s_echoes)
        {
            Echo(head, root[name], absent);
        }

        WriteText(head, root["text"]);
        _head = head.WrittenSpan.ToArray();
    }

    /// <param name="response">
    /// A response object that this class has written: what the request decides is its start.
    /// </param>
    public ResponseJson(ReadOnlySpan<byte> response)
    {
        var head = new ArrayBufferWriter<byte>(512);
        var members = new JsonMembers(response);
        while (members.Next() && !members.NameIs("status"u8))
        {
            head.Write(head.WrittenCount == 0 ? "{"u8 : ","u8);
            head.WriteQuoted(members.Name);
            head.Write(":"u8);
            head.Write(members.Raw);
        }

        _head = head.WrittenSpan.ToArray();
    }

    public void Write(
        IBufferWriter<byte> output,
        ResponseStanding standing,
        IReadOnlyList<OutputItem> items,
        ReadOnlySpan<byte> usage)
    {
        output.Write(_head);
        output.Write(",\"status\":"u8);
        output.WriteQuoted(RawJson.Escape(standing.Status));
        output.Write(",\"completed_at\":"u8);
        if (standing.CompletedAt is { } completedAt)
        {
            output.WriteNumber(completedAt);
        }
        else
        {
            output.Write("null"u8);
        }

        WriteError(output, standing);
        WriteItems(output, items);
        output.Write(",\"usage\":"u8);
        UsageJson.Write(output, usage);
        output.Write("}"u8);
    }

    private static void WriteError(IBufferWriter<byte> output, ResponseStanding standing)
    {
        output.Write(",\"error\":"u8);
        if (standing.Error is { } error)
        {
            output.Write("{\"code\":"u8);
            output.WriteQuoted(RawJson.Escape(error.Code));
            output.Write(",\"message\":"u8);
            output.WriteQuoted(RawJson.Escape(error.Message));
            output.Write("}"u8);
        }
        else
        {
            output.Write("null"u8);
        }

        output.Write(",\"incomplete_details\":"u8);
        if (standing.Incomplete is { } reason)
        {
            output.Write("{\"reason\":"u8);
            output.WriteQuoted(RawJson.Escape(reason));
            output.Write("}"u8);
        }
        else
        {
            output.Write("null"u8);
        }
    }

    private static void WriteItems(IBufferWriter<byte> output, IReadOnlyList<OutputItem> items)
    {
        output.Write(",\"output\":["u8);
        for (var index = 0; index < items.Count; index++)
        {
            // An item that is still open in a response that ended stays without its end.
            output.Write(index == 0 ? ""u8 : ","u8);
            ItemJson.Write(
                output, items[index], items[index].IsOpen ? ItemStatus.Incomplete : items[index].Status);
        }

        output.Write("]"u8);
    }

    private static void Echo(IBufferWriter<byte> output, JsonField field, string? absent)
    {
        if (field.IsMissing && absent is null)
        {
            return;
        }

        output.Write(","u8);
        output.WriteQuoted(RawJson.Escape(field.Path));
        output.Write(":"u8);
        output.WriteCompact(field.IsMissing ? Encoding.UTF8.GetBytes(absent!) : field.Raw);
    }

    /// <summary>Readers expect a format also where the request names none.</summary>
    private static void WriteText(IBufferWriter<byte> output, JsonField text)
    {
        output.Write(",\"text\":{\"format\":"u8);
        output.WriteCompact(
            text["format"].IsMissing ? """{"type":"text"}"""u8 : text["format"].Raw);
        if (!text["verbosity"].IsMissing)
        {
            output.Write(",\"verbosity\":"u8);
            output.WriteCompact(text["verbosity"].Raw);
        }

        output.Write("}"u8);
    }
}
