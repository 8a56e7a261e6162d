namespace Sluice.ServiceDefaults.Hosting;

/// <summary>
/// Set on every connection by the listener that accepted it. Unlike the Host header, a client cannot choose it.
/// </summary>
public interface IListenerFeature
{
    ListenerKind Kind { get; }
}
