using System.Buffers;
using System.Text;

namespace Sluice.Inference.Responses;

/// <summary>Writes events one after the other into a buffer that the next one uses again.</summary>
internal sealed class EventWriter(IResponsesEventSink sink)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private string _type = "";

    /// <summary>The number that the next event gets.</summary>
    public long Next { get; set; }

    /// <summary>Where members go between <see cref="Begin"/> and <see cref="End"/>, each after a comma.</summary>
    public IBufferWriter<byte> Output => _buffer;

    public void Begin(string type)
    {
        _type = type;
        _buffer.ResetWrittenCount();
        _buffer.Write("{\"type\":\""u8);
        Encoding.UTF8.GetBytes(type, _buffer);
        _buffer.Write("\",\"sequence_number\":"u8);
        _buffer.WriteNumber(Next);
    }

    public void BeginFor(string type, OutputItem item)
    {
        Begin(type);
        _buffer.Write(",\"item_id\":"u8);
        _buffer.WriteQuoted(item.Id);
        _buffer.Write(",\"output_index\":"u8);
        _buffer.WriteNumber(item.Index);
    }

    public void BeginFor(string type, OutputItem item, int contentIndex)
    {
        BeginFor(type, item);
        _buffer.Write(",\"content_index\":"u8);
        _buffer.WriteNumber(contentIndex);
    }

    public void End()
    {
        _buffer.Write("}"u8);
        Next++;
        sink.Add(new(_type, _buffer.WrittenMemory));
    }
}
